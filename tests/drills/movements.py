"""A stream of movements that meet at accounts, devices, terminals and other sides; drawn from a seed, told in order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.streaming.kernel_process import event, movement

Json = dict[str, Any]
Movement = tuple[str, str, int]

_KINDS = ("card_payment", "card_payment", "transfer", "cash_in", "cash_out", "remittance")
_LATE_SHARE, _LATE_SECONDS = 0.05, 3.0
_TIED_SHARE, _ABSENT_SHARE, _HOT_SHARE = 0.05, 0.1, 0.2
_LARGEST_MINOR = 900_000


class Crowd:
    """Accounts that move money. `run` is part of every identifier, so that runs on one platform do not meet."""

    def __init__(self, run: str, seed: int, accounts: int = 400) -> None:
        self.run = run
        self._draw = random.Random(seed)
        self._accounts = accounts
        self._number = 0
        self._last = datetime(1970, 1, 1, tzinfo=UTC)

    def movement(self, now: datetime) -> Json:
        """The next completed movement, in US dollars: some are late, some share the instant of the one before."""
        chance = self._draw.random
        at = now - timedelta(seconds=chance() * _LATE_SECONDS) if chance() < _LATE_SHARE else now
        self._last = at = self._last if chance() < _TIED_SHARE and self._last < now else at
        self._number += 1
        account = 0 if chance() < _HOT_SHARE else self._draw.randrange(self._accounts)
        amount = round(_LARGEST_MINOR ** chance())
        return movement(
            f"{self.run}-{self._number}",
            at,
            transaction_id=f"{self.run}-{self._number}",
            leg=self._draw.choice(("debit", "credit")),
            kind=self._draw.choice(_KINDS),
            account_id=f"{self.run}-account-{account}",
            customer_id=f"{self.run}-holder-{account // 3}",
            counterparty_id=self._perhaps("shop", 60),
            device_id=self._perhaps("phone", 150),
            terminal_id=self._perhaps("till", 30),
            amount_minor=amount,
            amount_usd_minor=amount,
            currency="USD",
            rate_id="USDUSD:2000-01-01",
        )

    def _perhaps(self, what: str, count: int) -> str | None:
        if self._draw.random() < _ABSENT_SHARE:
            return None
        return f"{self.run}-{what}-{self._draw.randrange(count)}"


def key(data: Json) -> Movement:
    """What a movement, or the decision on it, is known by."""
    return data["transaction_id"], data["leg"], data["attempt"]


def written(data: Json, at: datetime) -> Json:
    """The event that tells of a movement, as `transaction.events` and `transaction.history` carry it, written at that instant."""
    return event(data, time=at.isoformat(timespec="microseconds").replace("+00:00", "Z"))
