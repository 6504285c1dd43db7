"""How likely a borrower is to default within a year, and how that comes over the months that a loan has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

YEAR = timedelta(days=365)
MONTHS = 12


@dataclass(frozen=True)
class DefaultRisk:
    """A probability of default within a year, as a share of 1.

    `window` is the outcome window of a card that was taught by open loans, of those with as little left as this one; None
    where the card was taught by loans as they were granted.
    """

    within_a_year: float
    window: timedelta | None = None

    def monthly_hazard(self, months_left: int) -> float:
        """The probability of default in each of the months left, of a loan that reached it.

        It is even over the year. But a loan that ends within the window had no more months to miss an instalment in: what was
        counted as its default by the window's end lies within them.
        """
        times = max(1.0, MONTHS * (self.window / YEAR) / months_left) if self.window else 1.0
        return 1 - float((1 - self.within_a_year) ** (times / MONTHS))
