"""The movements that planted cases are made of, live: after a member's past row, now, with other money."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from sources.workload.live.actions import movement
from sources.workload.live.pool import Row
from sources.workload.planting.legs import outside_party
from sources.workload.streams import happens

_TRANSFER = {"kind": "transfer", "terminal_id": None, "counterparty_country": "CA", "beneficiary_id": None}
_NO_DEVICE = {"device_id": None, "ip_country": None}


def deposit(rng: np.random.Generator, past: Row, amount: Decimal) -> Row:
    """Cash, at a branch or a machine."""
    at_branch = happens(rng, 0.5)
    return movement(
        past,
        amount,
        kind="cash_in",
        leg="credit",
        channel="branch" if at_branch else "atm",
        counterparty_id=None,
        counterparty_country=None,
        terminal_id=None if at_branch else f"atm-{int(rng.integers(0, 40)):03d}",
        **_NO_DEVICE,
    )


def received(rng: np.random.Generator, past: Row, amount: Decimal) -> Row:
    """From another bank."""
    party = str(outside_party(rng, 1)[0])
    return movement(past, amount, leg="credit", channel="partner", counterparty_id=party, **_TRANSFER, **_NO_DEVICE)


def sent(rng: np.random.Generator, past: Row, amount: Decimal, **changes: object) -> Row:
    """To another bank."""
    party = str(outside_party(rng, 1)[0])
    return movement(past, amount, leg="debit", channel="app", counterparty_id=party, **_TRANSFER | changes)


def between(sender: Row, receiver: Row, amount: Decimal) -> list[Row]:
    """Both legs of a transfer between two members."""
    to, of = receiver["customer_id"], sender["customer_id"]
    return [
        movement(sender, amount, leg="debit", channel="app", counterparty_id=to, **_TRANSFER),
        movement(receiver, amount, leg="credit", channel="app", counterparty_id=of, **_TRANSFER, **_NO_DEVICE),
    ]
