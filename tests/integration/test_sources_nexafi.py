"""Nexafi and finflow's invoices on a real PostgreSQL: what their databases publish, and what they refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from contracts.events import validate_event
from contracts.settings import Settings
from contracts.tables import load_tables
from sources.migrations import migrate
from sources.workload.history import write_history
from sources.workload.live import invoicing
from sources.workload.nexafi import pulse
from sources.workload.streams import stream

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
GRANTED = "2026-05-01T00:00:00Z"
ENDS = "2026-10-28T00:00:00Z"  # 180 days later

PAYMENT = """
insert into nexafi.payments (payment_id, tenant_id, business_id, ledger_account_id, user_id, kind, method, direction, channel,
    purpose, counterparty_id, counterparty_name, counterparty_country, amount, fee_amount, currency, status, occurred_at)
values (%(id)s, 'nexafi-eu', 'biz', 'deposit', %(user)s, 'transfer', 'sepa', %(direction)s, %(channel)s,
    'supplier', 'other', 'Otra SL', 'ES', 20, 0.20, 'EUR', %(status)s, '2026-11-22T12:00:00Z')
"""
ENTRY = """
insert into nexafi.ledger_entries (ledger_entry_id, tenant_id, kind, debit_account_id, credit_account_id, amount, currency,
    posted_at) values ('e', %s, 'payment', %s, %s, %s, %s, now())
"""
FETCH = """
insert into nexafi.bank_transactions (bank_transaction_id, bank_consent_id, business_id, external_account_id, direction,
    category, amount, currency, booked_date, fetched_at)
values (%s, 'consent', %s, 'external', 'in', 'sales', 12.34, 'EUR', '2026-05-01', %s)
"""
CONSENT = """
insert into nexafi.bank_consents (bank_consent_id, business_id, bank, status, granted_at, expires_at)
values ('consent', 'biz', 'Banca Lago', 'active', %s, %s)
"""
INVOICE = """
insert into finflow.invoices (invoice_id, tenant_id, customer_id, number, status, amount, currency, issued_at, due_date)
values ('i1', 'shop', 'mike', 'INV-1', 'draft', 100, 'EUR', '2026-11-01T09:00:00Z', '2026-12-01')
"""


@pytest.fixture
def operations(postgres: Settings) -> Iterator[Connection]:
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        _empty(connection)
        for business, kind in (
            ("nexafi-eu", "entity"),
            ("nexafi-us", "entity"),
            ("biz", "customer"),
            ("twin", "customer"),
        ):
            tenant = business if kind == "entity" else "nexafi-eu"
            connection.execute(
                "insert into nexafi.businesses values (%s, %s, %s, 'Panadería', 'EU', 'ES', 'food', 'EUR', '2001-01-01',"
                " 'active', now(), now())",
                [business, tenant, kind],
            )
        connection.execute(
            "insert into nexafi.users values ('eva', 'nexafi-eu', 'biz', 'Eva', 'e@example.org', '1990-01-01', 'ES',"
            " 'owner', now(), now())"
        )
        for account, tenant, kind, currency in (
            ("deposit", "nexafi-eu", "deposit", "EUR"),
            ("cash", "nexafi-eu", "cash", "EUR"),
            ("dollars", "nexafi-eu", "cash", "USD"),
            ("american", "nexafi-us", "cash", "EUR"),
        ):
            connection.execute(
                "insert into nexafi.ledger_accounts values (%s, %s, 'biz', 'Name', %s, 'asset', 'cash', %s, 'active', now(),"
                " now())",
                [account, tenant, kind, currency],
            )
        connection.execute("insert into finflow.tenants values ('shop', 'Shop', 'EU', 'EUR', now())")
        connection.execute(
            "insert into finflow.customers values ('mike', 'shop', 'Mike', 'm@example.org', 'ES', now())"
        )
        connection.execute("truncate nexafi.outbox, finflow.outbox")
        yield connection


def _empty(connection: Connection) -> None:
    names = [f"{table.schema_name}.{table.name}" for table in load_tables() if table.app in {"nexafi", "finflow"}]
    connection.execute(f"truncate {', '.join(names)}, nexafi.outbox, finflow.outbox".encode())


def events(operations: Connection, schema: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows = operations.execute(f"select topic, key, envelope from {schema}.outbox order by event_id".encode()).fetchall()
    for _, _, envelope in rows:
        validate_event(envelope)
    return rows


def test_a_payment_is_a_movement_of_its_business_by_the_person_who_ordered_it(operations: Connection) -> None:
    ordered = {"id": "p1", "user": "eva", "direction": "out", "channel": "web", "status": "attempted"}
    operations.execute(PAYMENT, ordered)
    operations.execute("update nexafi.payments set status = 'completed'")
    operations.execute("update nexafi.payments set purpose = 'rent'")
    came = {"id": "p2", "user": None, "direction": "in", "channel": "partner", "status": "completed"}
    operations.execute(PAYMENT, came)
    found = events(operations, "nexafi")
    assert [(topic, key, envelope["type"]) for topic, key, envelope in found] == [
        ("transaction.events", "deposit", "transaction.attempted.v1"),
        ("transaction.events", "deposit", "transaction.processed.v1"),
        ("transaction.events", "deposit", "transaction.processed.v1"),
    ]
    out, into = found[1][2]["data"], found[2][2]["data"]
    assert (out["leg"], out["customer_id"], out["conductor_id"]) == ("debit", "biz", "eva")
    assert (out["jurisdiction"], out["tenant_id"], out["amount_usd_minor"]) == ("EU", "nexafi-eu", 2180)
    assert (into["leg"], "conductor_id" in into) == ("credit", False)
    assert "Otra SL" not in str(found)


def test_a_consent_of_more_than_180_days_is_refused(operations: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="bank_consents_check"):
        operations.execute(CONSENT, [GRANTED, "2026-10-28T00:00:00.000001Z"])
    operations.execute(CONSENT, [GRANTED, ENDS])


@pytest.mark.parametrize(
    ("business", "at", "reason"),
    [
        ("biz", "2026-04-30T23:59:59.999999Z", "lies outside"),
        ("biz", GRANTED, None),
        ("biz", "2026-10-27T23:59:59.999999Z", None),
        ("biz", ENDS, "expires at 2026-10-28T00:00:00.000000Z"),
        ("twin", "2026-06-01T00:00:00Z", "another business gave"),
    ],
)
def test_nothing_is_fetched_without_a_consent_that_holds(
    operations: Connection, business: str, at: str, reason: str | None
) -> None:
    operations.execute(CONSENT, [GRANTED, ENDS])
    if reason is None:
        operations.execute(FETCH, ["b1", business, at])
        with pytest.raises(psycopg.errors.CheckViolation):
            operations.execute("update nexafi.bank_transactions set fetched_at = %s", [ENDS])
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match=reason) as refused:
            operations.execute(FETCH, ["b1", business, at])
        assert refused.value.diag.column_name == "fetched_at"
    assert operations.execute("select count(*) from nexafi.bank_transactions").fetchone() == (int(reason is None),)


def test_a_revoked_consent_holds_no_longer(operations: Connection) -> None:
    operations.execute(CONSENT, [GRANTED, ENDS])
    operations.execute(FETCH, ["b1", "biz", "2026-05-31T23:59:59Z"])
    operations.execute("update nexafi.bank_consents set status = 'revoked', revoked_at = '2026-06-01T00:00:00Z'")
    with pytest.raises(psycopg.errors.CheckViolation, match="was revoked at 2026-06-01"):
        operations.execute(FETCH, ["b2", "biz", "2026-06-01T00:00:00Z"])


@pytest.mark.parametrize(
    "row",
    [
        ("nexafi-eu", "cash", "dollars", 1, "EUR"),
        ("nexafi-eu", "american", "cash", 1, "EUR"),
        ("nexafi-us", "cash", "deposit", 1, "EUR"),
        ("nexafi-eu", "cash", "cash", 1, "EUR"),
        ("nexafi-eu", "cash", "deposit", 0, "EUR"),
    ],
)
def test_a_posting_between_ledgers_or_currencies_or_of_nothing_is_refused(
    operations: Connection, row: tuple[object, ...]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        operations.execute(ENTRY, row)
    operations.execute(ENTRY, ("nexafi-eu", "cash", "deposit", 1, "EUR"))


def test_an_invoice_is_told_when_it_is_written_and_once_when_it_is_paid(operations: Connection) -> None:
    operations.execute(INVOICE)
    operations.execute("update finflow.invoices set status = 'sent', sent_at = now(), paid_amount = 40")
    with pytest.raises(psycopg.errors.CheckViolation):
        operations.execute("update finflow.invoices set status = 'paid', paid_at = now()")
    with pytest.raises(psycopg.errors.CheckViolation):
        operations.execute("update finflow.invoices set paid_amount = 100.01")
    operations.execute(
        "update finflow.invoices set status = 'paid', paid_amount = 100, paid_at = '2026-11-20T08:00:00Z'"
    )
    operations.execute("update finflow.invoices set due_date = '2026-12-02'")
    found = events(operations, "finflow")
    assert [(topic, key, envelope["type"]) for topic, key, envelope in found] == [
        ("analytics.events", "i1", "invoice.created.v1"),
        ("analytics.events", "i1", "invoice.paid.v1"),
    ]
    assert [envelope["data"]["occurred_at"] for _, _, envelope in found] == [
        "2026-11-01T09:00:00.000000Z",
        "2026-11-20T08:00:00.000000Z",
    ]
    assert found[1][2]["data"]["amount_minor"] == 10_000


def test_a_pulse_keeps_the_books_and_reads_only_under_a_consent(operations: Connection, postgres: Settings) -> None:
    _empty(operations)
    write_history(postgres, "tiny", 7, NOW)
    written: Counter[str] = Counter()
    for second in range(60):
        now = NOW + timedelta(seconds=second + 1)
        for beat in (pulse.beat, invoicing.beat):
            written += beat(operations, stream(3, beat.__module__, str(second)), now, second)
    assert written["nexafi.payments"] > 10
    assert written["nexafi.bank_transactions"] == 12
    assert written["finflow.invoices"] > 5
    assert written["finflow.journal_lines"] == 2 * written["finflow.journal_entries"] > 2 * written["finflow.invoices"]
    receivables = "select sum(debit - credit) from finflow.journal_lines where ledger_account = '1100'"
    owed = "select sum(amount - paid_amount) from finflow.invoices where status in ('sent', 'overdue')"
    assert operations.execute(receivables.encode()).fetchone() == operations.execute(owed.encode()).fetchone()
    unposted = (
        "select count(*) from nexafi.payments p where status = 'completed'"
        " and not exists (select 1 from nexafi.ledger_entries e where e.payment_id = p.payment_id)"
    )
    assert operations.execute(unposted.encode()).fetchone() == (0,)
