"""What people did at this hour of the day before: live traffic continues their habits, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from sources.workload.truth import read_truth

Row = dict[str, Any]

_FEWEST = 3_000

# Both queries give the rows nearest to the hour of the day, with the mean of their account's card payments beside them.
_MOVEMENTS = """
with means as (
    select account_id, avg(amount) filter (where kind = 'card_payment') as mean_amount, count(*) as activity
    from diasporacore.account_transactions group by account_id
)
select m.kind, m.leg, m.channel, m.tenant_id, m.account_id, m.customer_id, m.counterparty_id, m.counterparty_country,
    m.amount, m.currency, m.device_id, m.ip_country, m.terminal_id, m.transaction_id,
    other.account_id as other_account_id, other.user_id as other_user_id, other.tenant_id as other_tenant_id,
    o.corridor, o.beneficiary_id, o.beneficiary_name, o.fx_rate, o.payout_currency, o.fee_amount, o.purpose,
    o.partner_id, q.reference_rate, q.spread_pct,
    coalesce(means.mean_amount, 40) as mean_amount, means.activity
from diasporacore.account_transactions m
join means on means.account_id = m.account_id
left join diasporacore.accounts other on m.kind = 'transfer' and m.channel = 'app' and other.user_id = m.counterparty_id
    and not exists (select 1 from diasporacore.tontine_groups g where g.pot_account_id = other.account_id)
left join diasporacore.remittance_orders o
    on o.tenant_id = m.tenant_id and o.remittance_order_id = m.remittance_order_id
left join diasporacore.fx_quotes q on q.tenant_id = o.tenant_id and q.quote_id = o.quote_id
where m.status = 'completed'
    and m.kind in ('card_payment', 'transfer', 'remittance', 'cash_in', 'cash_out')
    and (m.leg = 'debit' or m.kind = 'cash_in' or m.channel = 'partner')
    and m.conductor_id is null and m.on_behalf_of_id is null
    and m.tenant_id = any(%(tenants)s)
    and not exists (
        select 1 from diasporacore.transaction_disputes d
        where d.tenant_id = m.tenant_id and d.transaction_id = m.transaction_id and d.label <> 'legitimate'
    )
order by abs(mod(extract(epoch from m.occurred_at - %(now)s)::bigint + 86400000043200, 86400) - 43200), m.transaction_id
limit %(count)s
"""
_PAYMENTS = """
with means as (
    select card_account_id, avg(amount) as mean_amount, count(*) as activity from finflow.payments group by card_account_id
)
select p.tenant_id, p.customer_id, p.card_account_id, p.processor, p.channel, p.terminal_id, p.device_id, p.ip_country,
    p.amount, p.fee_amount, p.currency, p.payment_id as transaction_id, means.mean_amount, means.activity
from finflow.payments p
join means on means.card_account_id = p.card_account_id
where p.status = 'completed'
    and not exists (select 1 from finflow.chargebacks c where c.payment_id = p.payment_id and c.reason = 'fraud')
order by abs(mod(extract(epoch from p.occurred_at - %(now)s)::bigint + 86400000043200, 86400) - 43200), p.payment_id
limit %(count)s
"""


@dataclass(frozen=True)
class Pool:
    """Past movements of members and past payments of cards that live traffic repeats with variations."""

    movements: list[Row]
    payments: list[Row]

    @property
    def cards(self) -> list[Row]:
        """The members' card payments among the movements."""
        return [row for row in self.movements if row["kind"] == "card_payment"]


def read_pool(settings: Settings, tenants: list[str], now: datetime, count: int) -> Pool:
    """The habits of this hour; raises ConfigurationError when there is no history to continue."""
    planted = set(read_truth(settings)["transaction_id"].tolist())
    wanted = {"tenants": tenants, "now": now.astimezone(UTC), "count": max(_FEWEST, count)}
    with psycopg.connect(settings.database_url("operations"), row_factory=dict_row) as connection:
        pool = Pool(_read(connection, _MOVEMENTS, wanted, planted), _read(connection, _PAYMENTS, wanted, planted))
    if not pool.cards or not pool.payments:
        raise ConfigurationError(
            "There is no history for live traffic to continue.", hint="Write one: python -m sources.workload history"
        )
    return pool


def _read(connection: psycopg.Connection[DictRow], query: str, wanted: Row, planted: set[str]) -> list[Row]:
    rows = connection.execute(query.encode(), wanted).fetchall()
    return [row for row in rows if row["transaction_id"] not in planted]
