"""How large a world is: one number, the movements of its history, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import InvalidInputError

NAMED = {"tiny": 5_000, "small": 50_000, "medium": 1_000_000, "large": 10_000_000}
# What each system beside the bank has of the movements; the bank has the rest. Paper trading moves no money.
SHARES = {"caas": 0.01, "finflow": 0.25, "nexafi": 0.06, "raisket": 0.04}
FEWEST = 1_000
HISTORY_DAYS = 120
LOAN_DAYS = 730  # loans are older than the movements, so that their outcome is known


@dataclass(frozen=True)
class Size:
    """The counts of one world; `movements` is met within a few percent."""

    movements: int

    @property
    def members(self) -> int:
        """Members of the credit unions."""
        return max(60, self.movements // 32)

    @property
    def cards(self) -> int:
        """Cards that pay finflow's merchants."""
        return max(60, self.movements // 20)

    @property
    def loans(self) -> int:
        """Micro-loans of two years; even the smallest world has enough of them for a scorecard."""
        return max(500, self.movements * 44 // 1000)

    @property
    def payments(self) -> int:
        """Card payments of finflow's merchants."""
        return self.share("finflow")

    @property
    def bank_movements(self) -> int:
        """Movements of the credit unions' accounts."""
        return self.movements - sum(map(self.share, SHARES))

    @property
    def merchants(self) -> int:
        """Merchants of finflow, two thirds of them in the United States."""
        return max(6, min(60, self.movements // 3000))

    @property
    def invoices(self) -> int:
        """Invoices of finflow's merchants."""
        return max(60, self.payments // 20)

    @property
    def businesses(self) -> int:
        """Businesses of nexafi."""
        return max(24, self.movements // 1000)

    @property
    def tontines(self) -> int:
        """Groups of members who save together in rounds."""
        return max(2, self.members // 100)

    @property
    def shops(self) -> int:
        """Shops at which members pay by card, each with its terminal."""
        return max(40, min(3000, self.movements // 150))

    def share(self, app: str) -> int:
        """How many of the movements are a system's; raises KeyError for one that has none."""
        return round(self.movements * SHARES[app])

    def cases(self, one_in: int, at_least: int = 2) -> int:
        """How many cases, one for so many members."""
        return max(at_least, self.members // one_in)


def parse_size(text: str | int) -> Size:
    """A size by name or by its number of movements; raises InvalidInputError for anything else."""
    plain = str(text)
    count = NAMED.get(plain) or (int(plain) if plain.isdecimal() else 0)
    if count < FEWEST:
        raise InvalidInputError(
            f"{text!r} is no size",
            field="size",
            hint=f"Say {', '.join(NAMED)} or a number of movements from {FEWEST} on.",
        )
    return Size(count)
