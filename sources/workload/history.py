"""The history of a world, written into the operational database as history."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import psycopg

from contracts.settings import Settings
from contracts.tables import find_table
from sources.bulk import insert_new
from sources.workload.columns import DAY, Columns, height
from sources.workload.sizes import parse_size
from sources.workload.truth import write_history_truth
from sources.workload.world import World, build_world

Name = tuple[str, str]

# Tables of what becomes known about movements, the tables of those, and when it becomes known.
_TOLD_OF: dict[Name, Name] = {
    ("diasporacore", "transaction_disputes"): ("diasporacore", "account_transactions"),
    ("finflow", "chargebacks"): ("finflow", "payments"),
}
_KNOWN: dict[Name, str] = {
    ("diasporacore", "transaction_disputes"): "recorded_at",
    ("finflow", "chargebacks"): "received_at",
}
_SLICE = 2 * DAY
# What is being written, rows done, rows in all.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Summary:
    """What a run wrote; `rows` by `<app>.<table>`, `cases` and `movements` planted by kind."""

    rows: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    movements: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    truth_file: str = ""

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def write_history(
    settings: Settings, size: str | int, seed: int, as_of: datetime, progress: Progress | None = None
) -> Summary:
    """Write 120 days that end at `as_of` (aware). A row that is there stays: writing a history again adds nothing."""
    started = time.monotonic()
    world = build_world(seed, parse_size(size), as_of)
    truth_file = write_history_truth(settings, seed, world.truth)
    cases, movements = count_planted(world.truth)
    rows = _write(settings, world, progress or (lambda _what, _done, _total: None))
    return Summary(rows, cases, movements, time.monotonic() - started, str(truth_file))


def count_planted(truth: Columns) -> tuple[dict[str, int], dict[str, int]]:
    """Cases and movements by kind."""
    kinds = np.unique(truth["kind"].astype(str)).tolist()
    of_kind = {kind: truth["kind"] == kind for kind in kinds}
    cases = {kind: len(np.unique(truth["case_id"][mask].astype(str))) for kind, mask in of_kind.items()}
    return cases, {kind: int(mask.sum()) for kind, mask in of_kind.items()}


def _in_order(world: World) -> Iterator[tuple[str, str, Columns]]:
    """Tables as they are, but movements and what becomes known about them in turn: whoever reads along learns it when it was known."""
    told_of = {movements: told for told, movements in _TOLD_OF.items()}
    for table, rows in world.tables.items():
        if table in told_of:
            yield from _in_turn(table, rows, told_of[table], world.tables[told_of[table]])
        elif table not in _TOLD_OF:
            yield *table, rows


def _in_turn(table: Name, rows: Columns, told: Name, labels: Columns) -> Iterator[tuple[str, str, Columns]]:
    """Both sorted by time, a slice of the one and then what became known by its end."""
    at, known = rows["occurred_at"].astype(np.int64), labels[_KNOWN[told]].astype(np.int64)
    first, last = (int(at[0]), int(at[-1])) if len(at) else (0, 0)
    row = label = 0
    for end in range(first + _SLICE, last + 2 * _SLICE, _SLICE):
        until_row = int(np.searchsorted(at, end))
        until_label = len(known) if end > last else int(np.searchsorted(known, end))
        for name, part, start, until in ((table, rows, row, until_row), (told, labels, label, until_label)):
            if until > start:
                yield *name, {column: values[start:until] for column, values in part.items()}
        row, label = until_row, until_label


def _write(settings: Settings, world: World, progress: Progress) -> dict[str, int]:
    total = sum(height(rows) for rows in world.tables.values())
    done = 0
    written: dict[str, int] = {}

    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute("set atalaya.origin = 'history'")
        for app, name, rows in _in_order(world):

            def advance(count: int, what: str = f"{app}.{name}") -> None:
                nonlocal done
                done += count
                progress(what, done, total)

            new = insert_new(connection, find_table(app, name), rows, advance)
            written[f"{app}.{name}"] = written.get(f"{app}.{name}", 0) + new
        # Not the outbox: its documents take seconds to sample, and nobody plans a query over them.
        tables = (find_table(app, name) for app, name in world.tables)
        connection.execute(f"analyze {', '.join(f'{table.schema_name}.{table.name}' for table in tables)}".encode())
    return written
