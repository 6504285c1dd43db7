"""What a benchmark gives: named figures with their unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value of one run; `unit` as written in a table: s, ms, MiB, rows/s."""

    value: float
    unit: str
