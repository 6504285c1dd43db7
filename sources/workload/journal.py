"""The merchants' books: every payment, chargeback, invoice and settlement as a posting whose lines balance.

A merchant's own corrections are typed in by hand, and nothing in the suite checks them: a few have transposed digits.
"""

from __future__ import annotations

import numpy as np

from sources.workload.columns import DAY, Array, Columns, Integers, full, height, named, sort_by, stack, take
from sources.workload.merchants import Merchants
from sources.workload.streams import stream

CLEARING, BANK, RECEIVABLES, EQUITY = "1000", "1010", "1100", "3000"
SALES, INVOICED, FEES, CHARGEBACKS = "4000", "4010", "5000", "5100"
# Code, name, class, place in the cash flow statement.
CHART = (
    (CLEARING, "Processor clearing", "asset", "operating"),
    (BANK, "Bank", "asset", "cash"),
    (RECEIVABLES, "Receivables", "asset", "operating"),
    (EQUITY, "Owners' equity", "equity", "financing"),
    (SALES, "Sales", "income", "operating"),
    (INVOICED, "Invoiced sales", "income", "operating"),
    (FEES, "Processing fees", "expense", "operating"),
    (CHARGEBACKS, "Chargebacks", "expense", "operating"),
)
CORRECTION = "manual correction"
_CAPITAL = 2_500_000  # hundredths, of each merchant
_ONE_IN = 2_500  # payments, one is corrected by hand
_TRANSPOSED = 9  # two digits that change places make a difference of so many units of the lower one


def chart_rows(merchants: Merchants) -> Columns:
    """The same chart for every merchant."""
    count, accounts = len(merchants.tenant), len(CHART)
    return {
        "tenant_id": np.repeat(merchants.tenant, accounts),
        **{
            column: np.array([row[place] for row in CHART] * count, dtype=object)
            for place, column in enumerate(("ledger_account", "name", "account_class", "cash_flow"))
        },
    }


def books(
    seed: int, payments: Columns, chargebacks: Columns, others: list[Columns], end: int
) -> tuple[Columns, Columns]:
    """Entries in the order of posting, and their lines; `amount` and `fee` of an entry become two or three lines."""
    balanced = [_sales(payments), _taken_back(chargebacks), _settlements(payments, end), *others]
    parts = [{**part, "mistake": np.zeros(height(part), dtype=np.int64)} for part in balanced]
    entries = sort_by(stack([*parts, _corrections(seed, payments, end)]), "posted_at")
    entries["journal_entry_id"] = named(f"entry{seed}", np.arange(1, height(entries) + 1), 7)
    names = ("journal_entry_id", "tenant_id", "payment_id", "memo", "posted_at")
    return {name: entries[name] for name in names}, _lines(entries)


def plain_entries(
    memo: str, rows: Columns, *, posted_at: Integers, amount: Integers, debit: str, credit: str
) -> Columns:
    """Entries of two lines; `rows` has `tenant_id` and `currency`."""
    count = height(rows)
    return {
        "tenant_id": rows["tenant_id"],
        "payment_id": full(count, None),
        "memo": full(count, memo),
        "posted_at": posted_at,
        "currency": rows["currency"],
        "amount": amount,
        "fee": np.zeros(count, dtype=np.int64),
        "debit_account": full(count, debit),
        "credit_account": full(count, credit),
    }


def capital(merchants: Merchants, start: int) -> Columns:
    """What the owners paid in before the history begins."""
    count = len(merchants.tenant)
    rows: Columns = {"tenant_id": merchants.tenant, "currency": merchants.currency}
    money, at = np.full(count, _CAPITAL), np.full(count, start)
    return plain_entries("owners' capital", rows, posted_at=at, amount=money, debit=BANK, credit=EQUITY)


def _corrections(seed: int, payments: Columns, end: int) -> Columns:
    """Fees corrected by hand; every second credit has two digits transposed, so that the entry does not balance."""
    rng, count = stream(seed, "manual corrections"), max(6, height(payments) // _ONE_IN)
    some = take(payments, np.sort(rng.integers(0, height(payments), count)))
    at, amount = np.minimum(some["occurred_at"] + 2 * DAY, end), rng.integers(1_000, 40_000, count)
    entries = plain_entries(CORRECTION, some, posted_at=at, amount=amount, debit=FEES, credit=CLEARING)
    wrong = _TRANSPOSED * 10 ** rng.integers(0, 3, count) * (np.arange(count) % 2)
    return {**entries, "mistake": wrong.astype(np.int64)}


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
            _line(entries, 2, entries["credit_account"], nothing, entries["amount"] - entries["mistake"]),
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
