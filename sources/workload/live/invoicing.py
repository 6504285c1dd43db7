"""Merchants write invoices and are paid for them while live traffic runs, with the entries of their books."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg

from sources.workload.journal import BANK, INVOICED, RECEIVABLES
from sources.workload.streams import happens

Connection = psycopg.Connection[Any]

_WRITTEN, _PAID = 0.3, 0.25  # the chances of a new and of a paid invoice in a second
_TERM = timedelta(days=30)
_DAYS_BACK = 60  # an invoice that was due so long ago is still paid

_WRITE = """
insert into finflow.invoices (invoice_id, tenant_id, customer_id, number, status, amount, currency, issued_at, due_date,
    sent_at, updated_at)
select %(id)s, i.tenant_id, i.customer_id,
    'INV-' || lpad(((select count(*) from finflow.invoices o where o.tenant_id = i.tenant_id) + 1)::text, 5, '0'),
    'sent', %(amount)s, i.currency, %(now)s, %(due)s, %(now)s, %(now)s
from finflow.invoices i
where i.due_date >= %(near)s
order by i.due_date, i.invoice_id
limit 1
returning tenant_id, amount, currency
"""
# Of two payers one waits for the other and then pays nothing: what is open is read again under the lock.
_PAY = """
with paid as (
    select invoice_id, amount - paid_amount as rest
    from finflow.invoices
    where status in ('sent', 'overdue') and due_date >= %(near)s
    order by due_date, invoice_id
    limit 1
    for update
)
update finflow.invoices i
set status = 'paid', paid_amount = i.amount, paid_at = %(now)s, updated_at = %(now)s
from paid
where i.invoice_id = paid.invoice_id
returning i.tenant_id, paid.rest, i.currency
"""


def beat(connection: Connection, rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """Write what is due in this second; the rows by `<app>.<table>`, changed ones not counted."""
    name = f"{now:%Y%m%d%H%M%S%f}-{second}"
    near = now.date() - timedelta(days=int(rng.integers(-10, _DAYS_BACK)))
    rows: Counter[str] = Counter()
    if happens(rng, _WRITTEN):
        amount = Decimal(str(round(float(np.exp(rng.normal(6, 0.8))), 2)))
        wanted = {"id": f"invoice-{name}", "amount": amount, "now": now, "near": near, "due": now.date() + _TERM}
        rows += _step(connection, _WRITE, wanted, "invoice", (RECEIVABLES, INVOICED))
        rows["finflow.invoices"] += min(1, rows["finflow.journal_entries"])
    if happens(rng, _PAID):
        wanted = {"id": f"receipt-{name}", "now": now, "near": near}
        rows += _step(connection, _PAY, wanted, "invoice payment", (BANK, RECEIVABLES))
    return +rows


def _step(
    connection: Connection, query: str, wanted: dict[str, Any], memo: str, accounts: tuple[str, str]
) -> Counter[str]:
    """The change of an invoice and its entry, in one transaction."""
    with connection.transaction():
        found = connection.execute(query.encode(), wanted).fetchone()
        if found is None:
            return Counter()
        tenant, amount, currency = found
        entry = f"entry-{wanted['id']}"
        connection.execute(
            "insert into finflow.journal_entries (journal_entry_id, tenant_id, memo, posted_at) values (%s, %s, %s, %s)",
            [entry, tenant, memo, wanted["now"]],
        )
        debit, credit = accounts
        connection.execute(
            "insert into finflow.journal_lines"
            " (journal_entry_id, line, tenant_id, ledger_account, debit, credit, currency)"
            " values (%s, 1, %s, %s, %s, 0, %s), (%s, 2, %s, %s, 0, %s, %s)",
            [entry, tenant, debit, amount, currency, entry, tenant, credit, amount, currency],
        )
    return Counter({"finflow.journal_entries": 1, "finflow.journal_lines": 2})
