"""What was planted: the movements of every case, by kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.columns import Array, Columns, Integers, full

FRAUD = ("large_amount", "compromised_terminal")
LAUNDERING = ("structuring", "rapid_movement")
KINDS = (*FRAUD, *LAUNDERING)


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
