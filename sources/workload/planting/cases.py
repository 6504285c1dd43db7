"""What was planted: the movements of every case, by kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.columns import Array, Columns, Integers, full

CARD_FRAUD = ("large_amount", "compromised_terminal", "stolen_card")
FRAUD = (*CARD_FRAUD, "account_takeover")
LAUNDERING = ("structuring", "rapid_movement", "fan_in", "fan_out", "smurfing")
CRIMES = (*FRAUD, *LAUNDERING)
# Honest people whose movements have the shape of a crime: an alarm on them is a false one.
LOOK_ALIKES = ("benign_tontine_pot", "benign_payroll", "benign_landlord")
KINDS = (*CRIMES, *LOOK_ALIKES)


@dataclass(frozen=True)
class Planted:
    """Planted rows, and of each the case that it belongs to."""

    rows: Columns
    kind: Array
    case: Array

    @property
    def movement(self) -> Integers:
        """The numbers of the planted movements."""
        return self.rows["movement"]


def planted(rows: Columns, kind: str, system: str, cases: Integers) -> Planted:
    """Rows of one kind; cases are numbered within kind and system."""
    names = np.array([f"{system}-{kind}-{case:05d}" for case in cases.tolist()], dtype=object)
    return Planted(rows, full(len(cases), kind), names)
