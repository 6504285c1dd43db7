"""What the planted cases are made of. The planter's own: no detector reads them, and a test may plant with others.

Amounts are in the currency of the account, times in hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.columns import Floats


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included for counts."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """One number."""
        return float(rng.uniform(self.low, self.high))

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """Many numbers."""
        return rng.uniform(self.low, self.high, count)

    def count(self, rng: np.random.Generator) -> int:
        """One whole number."""
        return int(rng.integers(round(self.low), round(self.high) + 1))


@dataclass(frozen=True)
class LargeAmount:
    """One purchase of many times what the holder usually pays, and never a small one."""

    times: Range = Range(5, 16)
    least: Range = Range(180, 420)


@dataclass(frozen=True)
class CompromisedTerminal:
    """Cards that a terminal copied: each pays some times the usual again, some hours later (medians)."""

    times: float = 2.4
    hours: float = 20


@dataclass(frozen=True)
class Structuring:
    """Cash below the threshold in parts, above it together."""

    total: Range = Range(12_000, 27_000)
    parts: Range = Range(3, 6)
    largest: float = 9_700


@dataclass(frozen=True)
class Rapid:
    """Money that leaves as soon as it came."""

    received: Range = Range(2_200, 19_000)
    median: float = 6_800
    parts: Range = Range(1, 3)
    passed_on: Range = Range(0.84, 0.98)
    minutes: Range = Range(3, 50)


@dataclass(frozen=True)
class Takeover:
    """A stranger in a member's account: his device, his country, and large transfers to accounts never paid before."""

    transfers: Range = Range(3, 6)
    amount: Range = Range(900, 4_800)
    span: Range = Range(0.3, 3.0)


@dataclass(frozen=True)
class StolenCard:
    """Details of a card in a stranger's hands: small tests, then purchases at several merchants, without the card."""

    tests: Range = Range(1, 3)
    test_amount: Range = Range(1, 5)
    purchases: Range = Range(3, 6)
    amount: Range = Range(80, 900)
    span: Range = Range(0.2, 1.5)


@dataclass(frozen=True)
class FanIn:
    """Many senders to one account, members and others."""

    senders: Range = Range(7, 14)
    amount: Range = Range(300, 2_500)
    span: Range = Range(6, 48)
    outside: float = 0.4


@dataclass(frozen=True)
class FanOut:
    """One account to many, members and others."""

    receivers: Range = Range(7, 14)
    amount: Range = Range(300, 2_500)
    span: Range = Range(4, 36)
    outside: float = 0.5


@dataclass(frozen=True)
class Smurfing:
    """One sum: several members pay cash in, each less than the threshold, and send it to one beneficiary."""

    total: Range = Range(12_000, 40_000)
    senders: Range = Range(3, 7)
    largest: float = 9_500
    span: Range = Range(12, 60)
    wait: Range = Range(0.5, 6)
    passed_on: Range = Range(0.95, 1.0)


@dataclass(frozen=True)
class TontinePot:
    """Friends who save together through one of them: equal amounts come in, and the pot goes to one of them."""

    friends: Range = Range(6, 11)
    amount: Range = Range(60, 400)
    span: Range = Range(6, 48)
    wait: Range = Range(0.5, 30)


@dataclass(frozen=True)
class Payroll:
    """A small employer pays its people every second week."""

    people: Range = Range(6, 12)
    amount: Range = Range(900, 2_400)
    variation: float = 0.03
    span: Range = Range(0.2, 2)


@dataclass(frozen=True)
class Landlord:
    """Tenants of one house pay their rent in the first days of a month."""

    tenants: Range = Range(6, 12)
    amount: Range = Range(700, 1_900)
    span: Range = Range(24, 72)


LARGE_AMOUNT = LargeAmount()
COMPROMISED_TERMINAL = CompromisedTerminal()
STRUCTURING = Structuring()
RAPID = Rapid()
TAKEOVER = Takeover()
STOLEN_CARD = StolenCard()
FAN_IN = FanIn()
FAN_OUT = FanOut()
SMURFING = Smurfing()
TONTINE_POT = TontinePot()
PAYROLL = Payroll()
LANDLORD = Landlord()

# Fraudulent card payments of a kind for each card payment: six in a thousand of all kinds together.
LARGE_SHARE = 0.0024
COMPROMISED_SHARE = 0.0024
STOLEN_SHARE = 0.0016
# Cases: one for so many members.
STRUCTURING_ONE_IN = 200
RAPID_ONE_IN = 200
TAKEOVER_ONE_IN = 250
FAN_IN_ONE_IN = 300
FAN_OUT_ONE_IN = 300
SMURFING_ONE_IN = 400
POT_ONE_IN = 300
PAYROLL_ONE_IN = 400
LANDLORD_ONE_IN = 400
