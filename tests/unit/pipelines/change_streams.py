"""What a table's source can do, what Debezium tells of it, and the history that a reader of all of it would write down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.unit.pipelines.lakes import START, Json, change, instalment

# Is no value of the declared type: silver quarantines it and goes by what it knew.
MISFIT = Decimal("0.005")
# A write to one of three keys: an amount in cents, -1 for one that does not fit, or None for a delete.
Write = tuple[int, int | None]
# Writes that were captured one by one, or that were lost with the slot and made good by a snapshot of the whole table.
Episode = tuple[bool, list[Write]]
Interval = tuple[int, Decimal, datetime, datetime | None]

# Few amounts, so that a snapshot often finds what was known.
_writes = st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(-1, 2)), min_size=1, max_size=6)
episodes: st.SearchStrategy[list[Episode]] = st.lists(st.tuples(st.booleans(), _writes), min_size=1, max_size=4)
# Seconds by which the clock steps at each commit: not at all within one transaction, backwards when it is set.
steps = st.lists(st.integers(-2, 3), min_size=40, max_size=40)


@dataclass
class Source:
    """Plays episodes: `changes` is what Debezium sends, `rows` what the table holds, `known` each version's interval."""

    steps: list[int]
    lsn: int = 100
    clock: int = 0
    rows: dict[int, Decimal] = field(default_factory=dict)
    changes: list[Json] = field(default_factory=list)
    known: dict[int, list[Interval]] = field(default_factory=dict)

    def play(self, played: list[Episode]) -> None:
        for is_captured, writes in played:
            for key, cents in writes:
                self._write(key, cents, is_captured=is_captured)
            if not is_captured:
                self._snapshot()

    @property
    def history(self) -> list[Interval]:
        return sorted((interval for known in self.known.values() for interval in known), key=str)

    @property
    def current(self) -> dict[int, Decimal]:
        return {key: known[-1][1] for key, known in self.known.items() if known[-1][3] is None}

    def _write(self, key: int, cents: int | None, *, is_captured: bool) -> None:
        if cents is None and key not in self.rows:
            return
        self.lsn += 1
        operation = "d" if cents is None else "u" if key in self.rows else "c"
        if cents is None:
            del self.rows[key]
        else:
            self.rows[key] = Decimal(cents) / 100 if cents >= 0 else MISFIT
        if is_captured:
            self._tick()
            self._send(operation, key, "false")
            if self.rows.get(key) == MISFIT:
                return
            self._close(key)
            if cents is not None:
                self._open(key)

    def _snapshot(self) -> None:
        """All rows at one position, which is also that of the next change; an empty table leaves no trace."""
        self.lsn += 1
        self._tick()
        keys = sorted(self.rows)
        for key in keys:
            self._send("r", key, "last_in_data_collection" if key == keys[-1] else "true")
            if self.rows[key] not in (self.current.get(key), MISFIT):
                self._close(key)
                self._open(key)
        for key in set(self.current) - self.rows.keys() if keys else ():
            self._close(key)
        self.lsn -= 1

    def _tick(self) -> None:
        self.clock += self.steps[len(self.changes) % len(self.steps)]

    def _send(self, operation: str, key: int, snapshot: str) -> None:
        row = instalment(key, paid=str(self.rows.get(key, Decimal(0))))
        sent = change(operation, row, self.lsn, snapshot=snapshot)
        sent["source"]["ts_us"] = int(self._at.timestamp()) * 1_000_000
        self.changes.append(sent)

    @property
    def _at(self) -> datetime:
        return START + timedelta(seconds=self.clock)

    def _open(self, key: int) -> None:
        known = self.known.setdefault(key, [])
        known.append((key, self.rows[key], max([self._at, *(end for *_, end in known if end)]), None))

    def _close(self, key: int) -> None:
        known = self.known.get(key, [])
        if known and known[-1][3] is None:
            *rest, start, _ = known[-1]
            known[-1] = (*rest, start, max(start, self._at))  # type: ignore[assignment]
