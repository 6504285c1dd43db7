"""Account movements before they have an identifier: `movement` is a number that both legs of a transfer share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sources.workload.columns import Array, Columns, Integers, full
from sources.workload.population import Members

_OPTIONAL = (
    "conductor_id",
    "on_behalf_of_id",
    "beneficiary_id",
    "counterparty_id",
    "counterparty_country",
    "remittance_order_id",
    "device_id",
    "ip_country",
    "terminal_id",
)


@dataclass
class Numbers:
    """Numbers that are given once, in the order of asking."""

    taken: int = field(default=0)

    def take(self, count: int) -> Integers:
        """The next `count` numbers."""
        first, self.taken = self.taken, self.taken + count
        return np.arange(first, self.taken, dtype=np.int64)


def movements(  # noqa: PLR0913 - the columns that no movement goes without
    numbers: Integers,
    members: Members,
    who: Integers,
    *,
    leg: str,
    kind: str,
    channel: Array | str,
    amount: Integers,
    at: Integers,
    **others: Array | str | None,
) -> Columns:
    """Completed movements of members; `others` are optional columns, one value or one for each row."""
    count = len(who)
    columns: Columns = {
        "movement": numbers,
        "leg": full(count, leg),
        "attempt": np.ones(count, dtype=np.int64),
        "status": full(count, "completed"),
        "kind": full(count, kind),
        "channel": _column(count, channel),
        "tenant_id": members.tenant[who],
        "account_id": members.account[who],
        "customer_id": members.user[who],
        **{name: _column(count, others.get(name)) for name in _OPTIONAL},
        "amount": amount,
        "currency": full(count, "CAD"),
        "occurred_at": at,
        "updated_at": at,
    }
    if unknown := others.keys() - set(_OPTIONAL):
        raise TypeError(f"account_transactions has no optional column {sorted(unknown)}")
    return columns


def _column(count: int, value: Array | str | None) -> Array:
    return full(count, value) if value is None or isinstance(value, str) else value
