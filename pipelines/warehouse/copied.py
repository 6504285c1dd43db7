"""Which tables of the lakehouse the warehouse has copies of, and what its loader must know of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.canonical import Canonical, load_canonical
from pipelines.lakehouse.canonical import canonical_columns
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.specification import load_silver


class Copied(Protocol):
    """What the loader must know of a table of the lakehouse."""

    @property
    def name(self) -> str:
        """Its full name there."""

    @property
    def description(self) -> str:
        """What its rows are."""

    @property
    def key(self) -> tuple[str, ...]:
        """Its primary key."""

    @property
    def stored(self) -> tuple[SilverColumn, ...]:
        """Every column."""


@dataclass(frozen=True)
class CanonicalCopy:
    """A canonical table as the loader sees it."""

    table: Canonical

    @property
    def name(self) -> str:
        """Its full name in the lakehouse."""
        return self.table.silver

    @property
    def description(self) -> str:
        """What its rows are."""
        return self.table.description

    @property
    def key(self) -> tuple[str, ...]:
        """Its primary key."""
        return self.table.key

    @property
    def stored(self) -> tuple[SilverColumn, ...]:
        """Every column."""
        return canonical_columns(self.table)


def copied_tables() -> tuple[Copied, ...]:
    """Every table of silver that the warehouse has a copy of: current state, canonical tables from events and from tables."""
    return (*load_silver(), *(CanonicalCopy(table) for table in load_canonical()))
