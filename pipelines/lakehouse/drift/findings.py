"""What a drift is, whether it breaks the contract, and how it is told to the team that owns the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contracts.tables import Table, load_systems

# A column that nobody declared; a declared one that is gone; one whose type changed and still flows where values fit;
# one whose type is another kind of value, so that none fits.
Change = Literal["added", "gone", "retyped", "incompatible"]

_OUTCOMES: dict[Change, str] = {
    "added": "not declared: bronze has it, silver leaves it out. Declare it in {file} and silver has it, history included",
    "gone": "declared, and gone at the source{hint}. {silver} keeps its last good snapshot, and what stands on it stops,"
    " until the source has it again or {file} no longer declares it",
    "retyped": "its type changed: what fits the declared one flows, other values are quarantined. Declare it anew in {file}",
    "incompatible": "its type is of another kind: new values are quarantined, and what stands on {silver} stops,"
    " until the source has the declared type again or {file} declares the new one",
}


@dataclass(frozen=True)
class Drift:
    """One column that differs; `found` is its type at the source, where that is known."""

    table: Table
    column: str
    change: Change
    found: str = ""
    undeclared: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Whether what stands on the table must stop."""
        return self.change in {"gone", "incompatible"}

    @property
    def message(self) -> str:
        """Table, column, outcome and owner in one line."""
        place = f"{self.table.schema_name}.{self.table.name}.{self.column}"
        kind = f" ({self.found} at the source)" if self.found else ""
        hint = f", which has the undeclared {', '.join(self.undeclared)}" if self.undeclared else ""
        outcome = _OUTCOMES[self.change].format(
            file=f"contracts/tables/{self.table.app}.yml", silver=self.table.silver, hint=hint
        )
        return f"{place}{kind}: {outcome}. Owner: {owner(self.table)}."


def owner(table: Table) -> str:
    """The team that answers for a table, as Dagster writes it."""
    return next(f"team:{system.owner}" for system in load_systems() if system.app == table.app)


def broken(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Those that stop what stands on the table."""
    return tuple(drift for drift in drifts if drift.breaks)
