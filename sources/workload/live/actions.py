"""Business actions: what is committed together. Times and identifiers are given when an action is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from sources.workload.live.pool import Row
from sources.workload.streams import happens

Step = Literal["movements", "remittance", "payment"]

_JITTER = 0.22  # spread of the logarithm of an amount around what it was before
_FAILED = 0.035
CENT = Decimal("0.01")


@dataclass
class Action:
    """One business action; `position` in [0, 1) is its place in the block, `rows` are columns without times and ids."""

    step: Step
    rows: list[Row]
    position: float = 0.0
    kind: str | None = None
    case: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many movements it makes."""
        return len(self.rows)


def repeat_movement(rng: np.random.Generator, past: Row) -> Action:
    """A member does again what it did before."""
    amount = varied(rng, past["amount"])
    if past["kind"] in {"cash_in", "cash_out"}:
        amount = max(Decimal(20), (amount / 20).to_integral_value() * 20)
    row = movement(past, amount)
    if past["corridor"] is not None:
        return Action("remittance", [row], extra=past)
    if past["other_account_id"] is not None:
        return Action("movements", [row, _other_side(past, amount)])
    return Action("movements", [row])


def movement(past: Row, amount: Decimal, **changes: object) -> Row:
    """A movement like a past one."""
    names = (
        "kind",
        "leg",
        "channel",
        "tenant_id",
        "account_id",
        "customer_id",
        "counterparty_id",
        "counterparty_country",
        "currency",
        "device_id",
        "ip_country",
        "terminal_id",
    )
    return {
        **{name: past[name] for name in names},
        "amount": amount,
        "beneficiary_id": past["beneficiary_id"],
        **changes,
    }


def repeat_payment(rng: np.random.Generator, past: Row) -> Action:
    """A card pays again where it paid before; some payments fail."""
    fails = bool(happens(rng, _FAILED))
    return Action("payment", [payment(past, varied(rng, past["amount"]))], extra={"fails": fails})


def payment(past: Row, amount: Decimal, **changes: object) -> Row:
    """A payment like a past one, its fee in proportion."""
    names = (
        "tenant_id",
        "customer_id",
        "card_account_id",
        "processor",
        "channel",
        "terminal_id",
        "device_id",
        "ip_country",
        "currency",
    )
    fee = min(amount, (past["fee_amount"] / past["amount"] * amount).quantize(CENT))
    return {**{name: past[name] for name in names}, "amount": amount, "fee_amount": fee, **changes}


def new_device(rng: np.random.Generator, run: str) -> str:
    """A device that nobody used before; its name does not tell whose it is."""
    return f"device-{run}-{int(rng.integers(0, 10**9)):09d}"


def varied(rng: np.random.Generator, amount: Decimal) -> Decimal:
    """Almost the same amount."""
    return decimal(float(amount) * float(np.exp(rng.normal(0, _JITTER))))


def decimal(amount: float) -> Decimal:
    """An amount in hundredths, at least one unit."""
    return max(Decimal(1), Decimal(repr(amount)).quantize(CENT))


def _other_side(past: Row, amount: Decimal) -> Row:
    return movement(
        past,
        amount,
        leg="credit",
        tenant_id=past["other_tenant_id"],
        account_id=past["other_account_id"],
        customer_id=past["other_user_id"],
        counterparty_id=past["customer_id"],
        device_id=None,
        ip_country=None,
    )
