"""The neobank's part of a world."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import Columns, height, sort_by, stack
from sources.workload.nexafi.books import account_rows, ledger
from sources.workload.nexafi.businesses import Businesses, build_businesses, business_rows
from sources.workload.nexafi.lending import Lent, build_lending, loan_payments
from sources.workload.nexafi.open_banking import consents, fetched
from sources.workload.nexafi.payments import business_payments
from sources.workload.sizes import Size
from sources.workload.system import Built, identify

_HELPERS = ("which", "loan", "interest")


def build_nexafi(seed: int, size: Size, calendar: Calendar) -> Built:
    """Businesses, their payments, what other banks tell of them, loans, and the ledger of it all."""
    businesses = build_businesses(seed, size)
    lent = build_lending(seed, businesses, calendar)
    payments = _payments(seed, size, businesses, lent, calendar)
    people = business_rows(seed, businesses, calendar)
    given = consents(seed, businesses, calendar)
    elsewhere = fetched(seed, businesses, given, calendar, height(payments) // 2)
    tables = {
        "businesses": people["businesses"],
        "users": people["users"],
        "ledger_accounts": account_rows(businesses, calendar),
        "payments": payments,
        "bank_consents": given,
        "bank_transactions": elsewhere,
        **lent.tables,
        "documents": people["documents"],
        "ledger_entries": ledger(seed, businesses, payments, lent, calendar),
    }
    return Built({name: _without_positions(rows) for name, rows in tables.items()})


def _payments(seed: int, size: Size, businesses: Businesses, lent: Lent, calendar: Calendar) -> Columns:
    lending = loan_payments(businesses, lent, calendar)
    wanted = size.share("nexafi")
    ordinary = business_payments(seed, businesses, calendar, max(wanted // 2, wanted - height(lending)))
    count = height(ordinary)
    ordinary |= {"loan": np.full(count, -1, dtype=np.int64), "interest": np.zeros(count, dtype=np.int64)}
    rows = sort_by(stack([ordinary, lending]), "occurred_at")
    which = rows["which"]
    rows["payment_id"] = identify(f"nxpay{seed}", np.arange(height(rows)))
    rows["tenant_id"] = businesses.tenant[which]
    rows["business_id"] = businesses.business[which]
    rows["ledger_account_id"] = businesses.account[which]
    rows["currency"] = businesses.currency[which]
    return rows


def _without_positions(rows: Columns) -> Columns:
    return {name: values for name, values in rows.items() if name not in _HELPERS}
