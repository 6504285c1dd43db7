"""One world of a seed, a size and an instant: every row of every system's tables, and what was planted in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.tables import find_table
from sources.workload.banking import build_banking
from sources.workload.caas.build import build_caas
from sources.workload.calendars import Calendar
from sources.workload.columns import Columns, sort_by, stack
from sources.workload.nexafi.build import build_nexafi
from sources.workload.raisket.market import build_raisket
from sources.workload.sizes import HISTORY_DAYS, Size
from sources.workload.stsa.build import build_stsa
from sources.workload.suite import build_suite
from sources.workload.system import Built

Key = tuple[str, str]

# Each system's builder draws from streams of its own, so that none changes another's rows.
BUILDERS: dict[str, Callable[[int, Size, Calendar], Built]] = {
    "caas": build_caas,
    "diasporacore": build_banking,
    "finflow": build_suite,
    "nexafi": build_nexafi,
    "raisket": build_raisket,
    "stsa": build_stsa,
}

# What a builder needs to know of a row and no table declares.
_EXTRA = ("movement", "shop", "member", "card", "till")


@dataclass(frozen=True)
class World:
    """`tables` by (app, table), in an order that foreign keys allow; `truth` has one row for each planted movement."""

    tables: dict[Key, Columns]
    truth: Columns


def build_world(seed: int, size: Size, as_of: datetime) -> World:
    """Build it all in memory: the same arguments give the same rows, byte for byte."""
    calendar = Calendar(as_of, HISTORY_DAYS)
    built = {app: build(seed, size, calendar) for app, build in BUILDERS.items()}
    tables = {(app, name): rows for app, part in built.items() for name, rows in part.tables.items()}
    planted = [part.truth for part in built.values() if part.truth]
    return World({key: _declared(key, rows) for key, rows in tables.items()}, sort_by(stack(planted), "occurred_at"))


def _declared(key: Key, rows: Columns) -> Columns:
    """The declared columns in their order; a column that nobody declares, or nobody fills, is a defect."""
    names = [column.name for column in find_table(*key).columns]
    if unknown := set(rows) - set(names) - set(_EXTRA) - {"tenant_id"}:
        raise KeyError(f"{key} has no columns {sorted(unknown)}")
    return {name: rows[name] for name in names}
