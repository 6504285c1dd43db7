"""The merchants' books: every payment, chargeback and settlement as a posting whose lines balance."""

from __future__ import annotations

import numpy as np

from sources.workload.columns import DAY, Array, Columns, Integers, full, height, named, sort_by, stack, take
from sources.workload.merchants import Merchants

CLEARING, BANK, EQUITY, SALES, FEES, CHARGEBACKS = "1000", "1010", "3000", "4000", "5000", "5100"
CHART = (
    (CLEARING, "Processor clearing", "asset"),
    (BANK, "Bank", "asset"),
    (EQUITY, "Owners' equity", "equity"),
    (SALES, "Sales", "income"),
    (FEES, "Processing fees", "expense"),
    (CHARGEBACKS, "Chargebacks", "expense"),
)


def chart_rows(merchants: Merchants) -> Columns:
    """The same chart for every merchant."""
    count, accounts = len(merchants.tenant), len(CHART)
    return {
        "tenant_id": np.repeat(merchants.tenant, accounts),
        "ledger_account": np.array([code for code, _, _ in CHART] * count, dtype=object),
        "name": np.array([name for _, name, _ in CHART] * count, dtype=object),
        "account_class": np.array([kind for _, _, kind in CHART] * count, dtype=object),
    }


def books(seed: int, payments: Columns, chargebacks: Columns, end: int) -> tuple[Columns, Columns]:
    """Entries in the order of posting, and their lines; `amount` and `fee` of an entry become two or three lines."""
    entries = stack([_sales(payments), _taken_back(chargebacks), _settlements(payments, end)])
    entries = sort_by(entries, "posted_at")
    entries["journal_entry_id"] = named(f"entry{seed}", np.arange(1, height(entries) + 1), 7)
    names = ("journal_entry_id", "tenant_id", "payment_id", "memo", "posted_at")
    return {name: entries[name] for name in names}, _lines(entries)


def _sales(payments: Columns) -> Columns:
    done = take(payments, payments["status"] == "completed")
    count = height(done)
    return {
        "tenant_id": done["tenant_id"],
        "payment_id": done["payment_id"],
        "memo": full(count, "card sale"),
        "posted_at": done["updated_at"],
        "currency": done["currency"],
        "amount": done["amount"],
        "fee": done["fee_amount"],
        "debit_account": full(count, CLEARING),
        "credit_account": full(count, SALES),
    }


def _taken_back(chargebacks: Columns) -> Columns:
    count = height(chargebacks)
    return {
        "tenant_id": chargebacks["tenant_id"],
        "payment_id": chargebacks["payment_id"],
        "memo": full(count, "chargeback"),
        "posted_at": chargebacks["received_at"],
        "currency": chargebacks["currency"],
        "amount": chargebacks["amount"],
        "fee": np.zeros(count, dtype=np.int64),
        "debit_account": full(count, CHARGEBACKS),
        "credit_account": full(count, CLEARING),
    }


def _settlements(payments: Columns, end: int) -> Columns:
    """The processor pays out each merchant's net sales of a week, on the Monday after."""
    done = take(payments, payments["status"] == "completed")
    week = (done["occurred_at"] - 4 * DAY) // (7 * DAY)  # weeks begin on Monday; 1970 began on a Thursday
    paid_at = (week + 1) * 7 * DAY + 4 * DAY + DAY // 3
    due = paid_at <= end
    done, paid_at = take(done, due), paid_at[due]
    label = np.array(
        [f"{t}|{c}|{w}" for t, c, w in zip(done["tenant_id"], done["currency"], paid_at, strict=True)], dtype=str
    )
    groups, first, position = np.unique(label, return_index=True, return_inverse=True)
    net = np.zeros(len(groups), dtype=np.int64)
    np.add.at(net, position, done["amount"] - done["fee_amount"])
    count = len(groups)
    return {
        "tenant_id": done["tenant_id"][first],
        "payment_id": full(count, None),
        "memo": full(count, "weekly settlement"),
        "posted_at": paid_at[first],
        "currency": done["currency"][first],
        "amount": net,
        "fee": np.zeros(count, dtype=np.int64),
        "debit_account": full(count, BANK),
        "credit_account": full(count, CLEARING),
    }


def _lines(entries: Columns) -> Columns:
    """Debit the amount less the fee, debit the fee where there is one, credit the amount."""
    with_fee = take(entries, entries["fee"] > 0)
    fee_account = full(height(with_fee), FEES)
    nothing = np.zeros(height(entries), dtype=np.int64)
    lines = stack(
        [
            _line(entries, 1, entries["debit_account"], entries["amount"] - entries["fee"], nothing),
            _line(entries, 2, entries["credit_account"], nothing, entries["amount"]),
            _line(with_fee, 3, fee_account, with_fee["fee"], np.zeros(height(with_fee), dtype=np.int64)),
        ]
    )
    return sort_by(sort_by(lines, "line"), "journal_entry_id")


def _line(entries: Columns, number: int, account: Array, debit: Integers, credit: Integers) -> Columns:
    return {
        "journal_entry_id": entries["journal_entry_id"],
        "line": np.full(height(entries), number, dtype=np.int64),
        "tenant_id": entries["tenant_id"],
        "ledger_account": account,
        "debit": debit,
        "credit": credit,
        "currency": entries["currency"],
    }
