"""Writes business actions, each in a database transaction of its own, as the applications do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import psycopg

from contracts.money import load_currencies
from contracts.remittances import load_remittance_policy
from sources.workload.journal import CLEARING, FEES, SALES
from sources.workload.live.actions import CENT, Action
from sources.workload.live.pool import Row

_DEVICE = (
    "insert into diasporacore.devices (device_id, tenant_id, user_id, platform, first_seen_at) values (%s, %s, %s, 'web', %s) "
    "on conflict do nothing"
)
_PAID = "update diasporacore.remittance_orders set status = 'paid', completed_at = %s where tenant_id = %s and remittance_order_id = %s"
_SETTLED = "update finflow.payments set status = %s, failure_code = %s where payment_id = %s"


class Writer:
    """One connection; `rows` counts what was inserted by table."""

    def __init__(self, connection: psycopg.Connection[Any], run: str) -> None:
        self._connection = connection
        self._run = run
        self.rows: Counter[str] = Counter()

    def write(self, action: Action, number: int, now: datetime) -> str:
        """Commit the run's action of this number as of `now`; the identifier of its movement."""
        if action.step == "payment":
            return self._payment(action, number, now)
        transaction_id = f"tx{self._run}-{number:07d}"
        with self._connection.pipeline(), self._connection.transaction():
            order = self._order(action, transaction_id, now) if action.step == "remittance" else {}
            for row in action.rows:
                self._device(row, now)
            times = {
                "transaction_id": transaction_id,
                "status": "completed",
                "occurred_at": now,
                "updated_at": now,
                **order,
            }
            self._insert("diasporacore.account_transactions", [{**row, **times} for row in action.rows])
        if order:
            with self._connection.transaction():
                self._connection.execute(_PAID, [now, action.rows[0]["tenant_id"], order["remittance_order_id"]])
                self._step({**order, "tenant_id": action.rows[0]["tenant_id"]}, "paid", now)
        return transaction_id

    def _order(self, action: Action, transaction_id: str, now: datetime) -> Row:
        past, row = action.extra, action.rows[0]
        order_id = f"order-{transaction_id}"
        digits = load_currencies()[past["payout_currency"]]
        payout = (row["amount"] * past["fx_rate"]).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
        copied = (
            "corridor",
            "partner_id",
            "beneficiary_id",
            "beneficiary_name",
            "fx_rate",
            "payout_currency",
            "purpose",
            "tenant_id",
        )
        order = {
            **{name: past[name] for name in copied},
            "remittance_order_id": order_id,
            "quote_id": self._quote(past, row, order_id, now),
            "user_id": past["customer_id"],
            "account_id": past["account_id"],
            "amount": row["amount"],
            "currency": row["currency"],
            "payout_amount": payout,
            "fee_amount": (past["fee_amount"] / past["amount"] * row["amount"]).quantize(CENT),
            "status": "initiated",
            "created_at": now,
            "updated_at": now,
        }
        self._insert("diasporacore.remittance_orders", [order])
        self._step(order, "sent", now)
        return {"remittance_order_id": order_id}

    def _quote(self, past: Row, row: Row, order_id: str, now: datetime) -> str | None:
        """The quote whose rate the order takes; none where the past order had none."""
        if past["reference_rate"] is None:
            return None
        quote = {
            **{name: past[name] for name in ("tenant_id", "corridor", "reference_rate", "spread_pct", "fx_rate")},
            "quote_id": f"quote-{order_id}",
            "user_id": past["customer_id"],
            "from_currency": row["currency"],
            "to_currency": past["payout_currency"],
            "quoted_at": now,
            "expires_at": now + load_remittance_policy().quote_lock,
        }
        self._insert("diasporacore.fx_quotes", [quote])
        return str(quote["quote_id"])

    def _step(self, order: Row, status: str, now: datetime) -> None:
        step = {name: order[name] for name in ("remittance_order_id", "tenant_id")}
        self._insert("diasporacore.remittance_status_log", [{**step, "status": status, "logged_at": now}])

    def _device(self, row: Row, now: datetime) -> None:
        if row["device_id"] is not None and self._run in row["device_id"]:
            self._connection.execute(_DEVICE, [row["device_id"], row["tenant_id"], row["customer_id"], now])

    def _payment(self, action: Action, number: int, now: datetime) -> str:
        """The processor is asked, then answers: two transactions, and the books follow the answer."""
        payment_id = f"pay{self._run}-{number:07d}"
        row = action.rows[0]
        times = {"payment_id": payment_id, "status": "attempted", "occurred_at": now, "updated_at": now}
        with self._connection.pipeline(), self._connection.transaction():
            self._insert("finflow.payments", [{**row, **times}])
        fails = action.extra["fails"]
        with self._connection.pipeline(), self._connection.transaction():
            answer = ("failed", "insufficient_funds") if fails else ("completed", None)
            self._connection.execute(_SETTLED, [*answer, payment_id])
            if not fails:
                self._post(row, payment_id, now)
        return payment_id

    def _post(self, row: Row, payment_id: str, now: datetime) -> None:
        entry, tenant, currency = f"entry-{payment_id}", row["tenant_id"], row["currency"]
        amount, fee, nothing = row["amount"], row["fee_amount"], Decimal(0)
        lines = [(CLEARING, amount - fee, nothing), (SALES, nothing, amount), (FEES, fee, nothing)]
        posting = {"journal_entry_id": entry, "tenant_id": tenant}
        head = {**posting, "payment_id": payment_id, "memo": "card sale", "posted_at": now}
        self._insert("finflow.journal_entries", [head])
        self._insert(
            "finflow.journal_lines",
            [
                {
                    **posting,
                    "line": number,
                    "ledger_account": account,
                    "debit": debit,
                    "credit": credit,
                    "currency": currency,
                }
                for number, (account, debit, credit) in enumerate(lines, start=1)
            ],
        )

    def _insert(self, table: str, rows: list[Row]) -> None:
        names = list(rows[0])
        one = f"({', '.join(['%s'] * len(names))})"
        query = f"insert into {table} ({', '.join(names)}) values {', '.join([one] * len(rows))}"  # noqa: S608 - our names
        self._connection.execute(query.encode(), [row[name] for row in rows for name in names])
        self.rows[table] += len(rows)
