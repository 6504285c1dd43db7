"""What a benchmark gives: named figures with their unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value of one run; `unit` as written in a table: s, ms, MiB, rows/s."""

    value: float
    unit: str


Tell = Callable[[str, Figure], None]


def collect(figures: Iterable[tuple[str, Figure]], tell: Tell) -> dict[str, Figure]:
    """All figures by name; `tell` hears of each as soon as there is one."""
    found: dict[str, Figure] = {}
    for name, figure in figures:
        tell(name, figure)
        found[name] = figure
    return found
