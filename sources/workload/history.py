"""The history of a world, written into the operational database as history."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import psycopg

from contracts.settings import Settings
from contracts.tables import find_table
from sources.bulk import insert_new
from sources.workload.columns import Columns, height
from sources.workload.sizes import parse_size
from sources.workload.truth import write_history_truth
from sources.workload.world import World, build_world

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


def _write(settings: Settings, world: World, progress: Progress) -> dict[str, int]:
    total = sum(height(rows) for rows in world.tables.values())
    done, written = 0, {}

    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute("set atalaya.origin = 'history'")
        for (app, name), rows in world.tables.items():

            def advance(count: int, what: str = f"{app}.{name}") -> None:
                nonlocal done
                done += count
                progress(what, done, total)

            written[f"{app}.{name}"] = insert_new(connection, find_table(app, name), rows, advance)
        # Not the outbox: its documents take seconds to sample, and nobody plans a query over them.
        tables = (find_table(app, name) for app, name in world.tables)
        connection.execute(f"analyze {', '.join(f'{table.schema_name}.{table.name}' for table in tables)}".encode())
    return written
