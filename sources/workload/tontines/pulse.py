"""Tontines of themselves: now and then a member pays what is due, and a pot that is complete goes to whose turn it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]

_EVERY = 4  # seconds

_DUE = """
select c.tenant_id, c.group_id, c.round, c.user_id, c.amount, c.currency, c.due_date, m.account_id,
    g.pot_account_id, g.organiser_id,
    (select d.device_id from diasporacore.devices d where d.user_id = c.user_id order by d.first_seen_at limit 1) as device_id
from diasporacore.tontine_contributions c
join diasporacore.tontine_groups g using (tenant_id, group_id)
join diasporacore.tontine_members m using (tenant_id, group_id, user_id)
where c.status = 'due'
order by c.due_date, c.group_id, c.user_id
limit 1
for update of c skip locked
"""
_PAID = """
update diasporacore.tontine_contributions set status = %(status)s, paid_at = %(now)s, transaction_id = %(transaction_id)s
where (tenant_id, group_id, round, user_id) = (%(tenant_id)s, %(group_id)s, %(round)s, %(user_id)s)
"""
# The pot of the round, once nobody owes to it; who takes it, and what is in it.
_COMPLETE = """
select p.payout_id, p.user_id, m.account_id, sum(c.amount) filter (where c.status in ('paid', 'late')) as amount
from diasporacore.tontine_payouts p
join diasporacore.tontine_contributions c using (tenant_id, group_id, round)
join diasporacore.tontine_members m on (m.tenant_id, m.group_id, m.user_id) = (p.tenant_id, p.group_id, p.user_id)
where (p.tenant_id, p.group_id, p.round, p.status) = (%(tenant_id)s, %(group_id)s, %(round)s, 'scheduled')
group by p.payout_id, p.user_id, m.account_id
having count(*) filter (where c.status = 'due') = 0
"""
_PAID_OUT = """
update diasporacore.tontine_payouts
set status = 'completed', amount = %(amount)s, completed_at = %(now)s, transaction_id = %(transaction_id)s
where (tenant_id, payout_id) = (%(tenant_id)s, %(payout_id)s)
"""
_MOVEMENT = """
insert into diasporacore.account_transactions (transaction_id, leg, status, kind, channel, tenant_id, account_id,
    customer_id, counterparty_id, counterparty_country, amount, currency, device_id, ip_country, occurred_at, updated_at)
values (%(transaction_id)s, %(leg)s, 'completed', %(kind)s, %(channel)s, %(tenant_id)s, %(account_id)s,
    %(customer_id)s, %(counterparty_id)s, 'CA', %(amount)s, %(currency)s, %(device_id)s, %(ip_country)s, %(now)s, %(now)s)
"""


def beat(connection: psycopg.Connection[Any], _rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """Pay the contribution that has been due longest, and the pot that it completes; the rows inserted, by table."""
    written: Counter[str] = Counter()
    if second % _EVERY:
        return written
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        due = cursor.execute(_DUE).fetchone()
        if due is not None:
            _contribute(cursor, due, now)
            pot = cursor.execute(_COMPLETE, due).fetchone()
            if pot is not None:
                _pay_out(cursor, {**due, **pot}, now)
            written["diasporacore.account_transactions"] = 2 if pot is None else 4
    return written


def _contribute(cursor: psycopg.Cursor[Row], due: Row, now: datetime) -> None:
    status = "paid" if now.astimezone(UTC).date() <= due["due_date"] else "late"
    row = {**due, "now": now, "status": status, "transaction_id": _identifier("c", now)}
    cursor.execute(_PAID, row)
    _move(cursor, {**row, "kind": "contribution", "channel": "app"}, "debit", "credit", ip_country="CA")


def _pay_out(cursor: psycopg.Cursor[Row], pot: Row, now: datetime) -> None:
    row = {**pot, "now": now, "transaction_id": _identifier("p", now)}
    _move(
        cursor, {**row, "kind": "payout", "channel": "internal", "device_id": None}, "credit", "debit", ip_country=None
    )
    cursor.execute(_PAID_OUT, row)


def _move(cursor: psycopg.Cursor[Row], row: Row, own: str, pot: str, *, ip_country: str | None) -> None:
    """The member's leg, then the pot's, whose holder is the organiser."""
    member, organiser = row["user_id"], row["organiser_id"]
    parties = {"customer_id": member, "counterparty_id": organiser}
    cursor.execute(_MOVEMENT, {**row, **parties, "leg": own, "ip_country": ip_country})
    parties = {"customer_id": organiser, "counterparty_id": member, "account_id": row["pot_account_id"]}
    cursor.execute(_MOVEMENT, {**row, **parties, "leg": pot, "device_id": None, "ip_country": None})


def _identifier(prefix: str, now: datetime) -> str:
    """Unique while a beat comes at most once in a millisecond."""
    return f"tx{prefix}{np.base_repr(int(now.timestamp() * 1000), 36).lower()}"
