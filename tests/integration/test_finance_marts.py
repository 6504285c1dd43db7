"""Statements, receivables and processors on a real PostgreSQL, to the cent and at each boundary, over rows built for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql

from contracts.settings import Settings
from contracts.tables import find_table
from pipelines.lakehouse.specification import find_silver
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.declared import load_declared
from pipelines.warehouse.load import SCHEMA, postgres_type

pytestmark = pytest.mark.integration

Json = dict[str, Any]

CHART = (
    ("1000", "Clearing", "asset", "operating"),
    ("1010", "Bank", "asset", "cash"),
    ("1500", "Ovens", "asset", "investing"),
    ("3000", "Equity", "equity", "financing"),
    ("4000", "Sales", "income", "operating"),
    ("5000", "Fees", "expense", "operating"),
)
# Entry, instant, lines of account, debit, credit and currency. The last instant of September in UTC is October in Madrid.
ENTRIES: tuple[tuple[str, str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("capital", "2026-09-01T00:00:00Z", (("1010", "1000.00", "0", "EUR"), ("3000", "0", "1000.00", "EUR"))),
    (
        "sale",
        "2026-09-30T23:59:59.999999Z",
        (("1000", "97.01", "0", "EUR"), ("5000", "2.99", "0", "EUR"), ("4000", "0", "100.00", "EUR")),
    ),
    ("settlement", "2026-10-01T00:00:00Z", (("1010", "97.01", "0", "EUR"), ("1000", "0", "97.01", "EUR"))),
    ("oven", "2026-10-15T00:00:00Z", (("1500", "300.10", "0", "EUR"), ("1010", "0", "300.10", "EUR"))),
    ("dollars", "2026-10-15T00:00:00Z", (("1010", "5.00", "0", "USD"), ("4000", "0", "5.00", "USD"))),
    ("late", "2026-12-01T00:00:00Z", (("1000", "0.01", "0", "EUR"), ("4000", "0", "0.01", "EUR"))),
    # What must never be in a statement.
    ("off", "2026-10-20T00:00:00Z", (("1010", "10.00", "0", "EUR"), ("4000", "0", "9.99", "EUR"))),
    (
        "half",
        "2026-10-20T00:00:00Z",
        (
            ("1010", "7.00", "0", "EUR"),
            ("4000", "0", "7.00", "EUR"),
            ("1010", "1.00", "0", "USD"),
            ("4000", "0", "2.00", "USD"),
        ),
    ),
    ("crossed", "2026-10-20T00:00:00Z", (("1010", "3.00", "0", "EUR"), ("4000", "0", "3.00", "USD"))),
    ("strange", "2026-10-20T00:00:00Z", (("9999", "4.00", "0", "EUR"), ("4000", "0", "4.00", "EUR"))),
)
POSTINGS = (
    ("2026-09-10T00:00:00Z", "cash", "equity", "500.00"),
    ("2026-09-11T00:00:00Z", "cash", "d1", "200.00"),
    ("2026-10-01T00:00:00Z", "d1", "fees", "0.25"),
    ("2026-10-02T00:00:00Z", "loans", "d2", "80.00"),
    ("2026-10-03T00:00:00Z", "losses", "loans", "30.00"),
    ("2026-10-04T00:00:00Z", "d2", "cash", "80.00"),
)
LEDGER = (
    ("cash", "cash", "asset", "cash"),
    ("loans", "loans", "asset", "operating"),
    ("equity", "equity", "equity", "financing"),
    ("fees", "fee_income", "income", "operating"),
    ("losses", "credit_losses", "expense", "operating"),
    ("d1", "deposit", "liability", "operating"),
    ("d2", "deposit", "liability", "operating"),
)
# Days past due, amount, paid, status.
INVOICES = (
    (-1, "1.00", "0", "sent"),
    (0, "2.00", "0", "sent"),
    (1, "4.00", "0", "overdue"),
    (30, "8.00", "3.00", "overdue"),
    (31, "16.00", "0", "overdue"),
    (60, "32.00", "0", "overdue"),
    (61, "64.00", "0", "overdue"),
    (90, "128.00", "0", "overdue"),
    (91, "256.00", "255.99", "overdue"),
    (40, "512.00", "512.00", "paid"),
    (40, "1024.00", "0", "void"),
    (40, "2048.00", "0", "draft"),
)
# Payment, instant, amount, fee, status, failure.
PAYMENTS = (
    ("p1", "2026-09-30T23:59:59Z", "100.00", "3.00", "completed", None),
    ("p2", "2026-10-01T00:00:00Z", "50.00", "1.00", "completed", None),
    ("p3", "2026-10-02T00:00:00Z", "150.00", "4.00", "reversed", None),
    ("p4", "2026-10-02T00:00:00Z", "20.00", "1.00", "failed", "expired_card"),
    ("p5", "2026-10-02T00:00:00Z", "30.00", "1.00", "failed", "expired_card"),
    ("p6", "2026-10-02T00:00:00Z", "30.00", "1.00", "failed", None),
    ("p7", "2026-10-02T00:00:00Z", "30.00", "1.00", "attempted", None),
)
FINANCE = (
    "rpt_trial_balance", "rpt_trial_balance_monthly", "rpt_balance_sheet", "rpt_income_statement", "rpt_cash_flow",
    "rpt_unbalanced_entries", "rpt_receivables_ageing", "rpt_processors_monthly", "rpt_payment_failures_monthly",
)  # fmt: skip


def put(connection: psycopg.Connection[Any], app: str, name: str, rows: list[Json]) -> None:
    """The copy of a table with these rows; columns that no row gives are null."""
    table = find_silver(find_table(app, name).silver)
    target = sql.Identifier(SCHEMA, f"{app}__{name}")
    columns = ", ".join(f"{column.name} {postgres_type(column)}" for column in table.stored)
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
    connection.execute(sql.SQL("drop table if exists {} cascade").format(target))
    connection.execute(sql.SQL("create table {} ({})").format(target, sql.SQL(columns)))
    for row in rows:
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(sql.Placeholder() * len(row))
        connection.execute(sql.SQL("insert into {} ({}) values ({})").format(target, names, values), list(row.values()))


def put_books(connection: psycopg.Connection[Any]) -> None:
    names = ("ledger_account", "name", "account_class", "cash_flow")
    put(
        connection,
        "finflow",
        "chart_of_accounts",
        [{"tenant_id": "m1", **dict(zip(names, row, strict=True))} for row in CHART],
    )
    put(
        connection,
        *("finflow", "journal_entries"),
        [{"journal_entry_id": entry, "tenant_id": "m1", "memo": entry, "posted_at": at} for entry, at, _ in ENTRIES]
        + [{"journal_entry_id": "theirs", "tenant_id": "m2", "memo": "theirs", "posted_at": "2026-10-20T00:00:00Z"}],
    )
    written = [
        {
            "journal_entry_id": entry,
            "line": number,
            "tenant_id": "m1",
            "ledger_account": account,
            "debit": debit,
            "credit": credit,
            "currency": currency,
        }
        for entry, lines in (
            *((entry, lines) for entry, _, lines in ENTRIES),
            ("orphan", (("1010", "6.00", "0", "EUR"), ("4000", "0", "6.00", "EUR"))),
            ("theirs", (("1010", "8.00", "0", "EUR"), ("4000", "0", "8.00", "EUR"))),
        )
        for number, (account, debit, credit, currency) in enumerate(lines, start=1)
    ]
    put(connection, "finflow", "journal_lines", written)
    put(
        connection,
        *("nexafi", "ledger_accounts"),
        [
            {
                "ledger_account_id": account,
                "tenant_id": "nexafi-eu",
                "name": kind.title(),
                "kind": kind,
                "account_class": section,
                "cash_flow": flow,
                "currency": "EUR",
            }
            for account, kind, section, flow in LEDGER
        ],
    )
    put(
        connection,
        *("nexafi", "ledger_entries"),
        [
            {
                "ledger_entry_id": f"e{number}",
                "tenant_id": "nexafi-eu",
                "debit_account_id": debit,
                "credit_account_id": credit,
                "amount": amount,
                "currency": "EUR",
                "posted_at": at,
            }
            for number, (at, debit, credit, amount) in enumerate(POSTINGS)
        ],
    )


def put_trade(connection: psycopg.Connection[Any], today: date) -> None:
    days = [date.fromordinal(today.toordinal() - past) for past, _, _, _ in INVOICES]
    put(
        connection,
        *("finflow", "invoices"),
        [
            {
                "invoice_id": f"i{number}",
                "tenant_id": "m1",
                "status": status,
                "amount": amount,
                "paid_amount": paid,
                "currency": "EUR",
                "due_date": days[number],
            }
            for number, (_, amount, paid, status) in enumerate(INVOICES)
        ],
    )
    put(
        connection, "finflow", "tenants", [{"tenant_id": "m1", "name": "Shop", "jurisdiction": "EU", "currency": "EUR"}]
    )
    names = ("payment_id", "occurred_at", "amount", "fee_amount", "status", "failure_code")
    plain = {"tenant_id": "m1", "customer_id": "c", "processor": "norte", "channel": "card_present", "currency": "EUR"}
    put(connection, "finflow", "payments", [{**plain, **dict(zip(names, row, strict=True))} for row in PAYMENTS])
    put(
        connection,
        *("finflow", "chargebacks"),
        [
            {
                "chargeback_id": f"back-{payment}",
                "payment_id": payment,
                "reason": "fraud",
                "amount": amount,
                "currency": "EUR",
                "received_at": at,
            }
            for payment, amount, at in (
                ("p1", "100.00", "2026-10-01T00:00:00Z"),
                ("p2", "50.00", "2026-11-01T00:00:00Z"),
            )
        ],
    )


@pytest.fixture(scope="module")
def marts(postgres: Settings) -> Iterator[psycopg.Connection[Any]]:
    load_declared(postgres)
    with psycopg.connect(postgres.database_url("warehouse"), autocommit=True) as connection:
        (today,) = connection.execute("select (now() at time zone 'UTC')::date").fetchone() or (None,)
        put_books(connection)
        put_trade(connection, today)
        set_environment(postgres)
        chosen = ["--select", *(f"+{name}" for name in FINANCE)]
        command = [str(executable()), "--no-use-colors", "--quiet", "build", "--project-dir", str(DBT_PROJECT), *chosen]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 0, done.stdout
        yield connection


def told(marts: psycopg.Connection[Any], query: str) -> list[tuple[str, ...]]:
    return [tuple(str(value) for value in row) for row in marts.execute(query.encode()).fetchall()]


def test_only_entries_that_balance_in_each_currency_on_known_accounts_of_their_tenant_are_in_the_ledger(
    marts: psycopg.Connection[Any],
) -> None:
    refused = (
        "select journal_entry_id, currency, refused_for, difference from marts.rpt_unbalanced_entries order by 1, 2"
    )
    assert told(marts, refused) == [
        ("crossed", "EUR", "unbalanced", "3.00"),
        ("crossed", "USD", "unbalanced", "-3.00"),
        ("half", "EUR", "unbalanced", "0.00"),
        ("half", "USD", "unbalanced", "-1.00"),
        ("off", "EUR", "unbalanced", "0.01"),
        ("orphan", "EUR", "no_entry", "0.00"),
        ("strange", "EUR", "unknown_account", "0.00"),
        ("theirs", "EUR", "other_tenant", "0.00"),
    ]
    balances = (
        "select ledger_account, currency, balance from marts.rpt_trial_balance where app = 'finflow' order by 1, 2"
    )
    assert told(marts, balances) == [
        ("1000", "EUR", "0.01"),
        ("1010", "EUR", "796.91"),
        ("1010", "USD", "5.00"),
        ("1500", "EUR", "300.10"),
        ("3000", "EUR", "-1000.00"),
        ("4000", "EUR", "-100.01"),
        ("4000", "USD", "-5.00"),
        ("5000", "EUR", "2.99"),
    ]


def test_a_month_opens_with_what_the_one_before_closed_also_where_nothing_moved(marts: psycopg.Connection[Any]) -> None:
    query = (
        "select month, opening_balance, debit, credit, closing_balance from marts.rpt_trial_balance_monthly"
        " where app = 'finflow' and ledger_account = '{}' and currency = 'EUR' order by month"
    )
    assert told(marts, query.format("1000")) == [
        ("2026-09-01", "0.00", "97.01", "0.00", "97.01"),
        ("2026-10-01", "97.01", "0.00", "97.01", "0.00"),
        ("2026-11-01", "0.00", "0.00", "0.00", "0.00"),
        ("2026-12-01", "0.00", "0.01", "0.00", "0.01"),
    ]
    assert told(marts, query.format("1500"))[0] == ("2026-09-01", "0.00", "0.00", "0.00", "0.00")


def test_the_balance_sheet_and_the_income_statement_of_a_merchant(marts: psycopg.Connection[Any]) -> None:
    sheet = (
        "select section, line, amount from marts.rpt_balance_sheet where app = 'finflow' and currency = 'EUR'"
        " and month = '2026-10-01' order by section, line"
    )
    assert told(marts, sheet) == [
        ("asset", "Bank", "796.91"),
        ("asset", "Clearing", "0.00"),
        ("asset", "Ovens", "300.10"),
        ("equity", "Equity", "1000.00"),
        ("result", "Result since the beginning", "97.01"),
    ]
    income = (
        "select month, section, amount from marts.rpt_income_statement where app = 'finflow' and currency = 'EUR'"
        " and month in ('2026-09-01', '2026-10-01') order by month, section"
    )
    assert told(marts, income) == [
        ("2026-09-01", "expense", "2.99"),
        ("2026-09-01", "income", "100.00"),
        ("2026-09-01", "result", "97.01"),
        ("2026-10-01", "expense", "0.00"),
        ("2026-10-01", "income", "0.00"),
        ("2026-10-01", "result", "0.00"),
    ]


def test_the_cash_flow_names_where_the_cash_went(marts: psycopg.Connection[Any]) -> None:
    query = (
        "select activity, line, amount from marts.rpt_cash_flow where app = '{}' and currency = 'EUR'"
        " and month = '2026-10-01' order by activity, line"
    )
    assert told(marts, query.format("finflow")) == [
        ("financing", "Change of Equity", "0.00"),
        ("investing", "Change of Ovens", "-300.10"),
        ("operating", "Change of Clearing", "97.01"),
        ("operating", "Result of the month", "0.00"),
    ]
    assert told(marts, query.format("nexafi")) == [
        ("financing", "Change of Equity", "0.00"),
        ("operating", "Change of Deposit", "-0.25"),
        ("operating", "Change of Loans", "-50.00"),
        ("operating", "Result of the month", "-29.75"),
    ]


def test_a_banks_deposits_are_one_line(marts: psycopg.Connection[Any]) -> None:
    query = (
        "select section, line, amount from marts.rpt_balance_sheet where app = 'nexafi' and month = '2026-10-01'"
        " order by section, line"
    )
    assert told(marts, query) == [
        ("asset", "Cash", "620.00"),
        ("asset", "Loans", "50.00"),
        ("equity", "Equity", "500.00"),
        ("liability", "Deposit", "199.75"),
        ("result", "Result since the beginning", "-29.75"),
    ]


@pytest.mark.parametrize("name", ["assert_balance_sheet_balances", "assert_cash_flow_is_the_change_of_cash"])
def test_a_check_finds_a_cent(marts: psycopg.Connection[Any], name: str) -> None:
    """The checks hold over the built rows (the fixture ran them), and find a change of one cent."""
    text = (DBT_PROJECT / "tests" / f"{name}.sql").read_text(encoding="utf-8")
    query = text.partition("\n")[2]
    for mart in ("rpt_balance_sheet", "rpt_cash_flow"):
        query = query.replace(f"{{{{ ref('{mart}') }}}}", f"marts.{mart}")
    assert told(marts, query) == []
    with marts.transaction(force_rollback=True):
        marts.execute(
            "update marts.rpt_balance_sheet set amount = amount + 0.01 where is_cash and app = 'nexafi'"
            " and month = '2026-10-01'"
        )
        found = told(marts, query)
        assert [row[:4] for row in found] == [("nexafi", "nexafi-eu", "EUR", "2026-10-01")]
        assert found[0][-1] == "0.01"


def test_receivables_fall_into_their_bucket_on_each_boundary_day(marts: psycopg.Connection[Any]) -> None:
    query = "select bucket, invoices, open_amount from marts.rpt_receivables_ageing order by position"
    assert told(marts, query) == [
        ("not_due", "2", "3.00"),
        ("days_1_30", "2", "9.00"),
        ("days_31_60", "2", "48.00"),
        ("days_61_90", "2", "192.00"),
        ("over_90_days", "1", "0.01"),
    ]


def test_processors_are_told_by_the_month_of_the_payment_and_of_the_chargeback(marts: psycopg.Connection[Any]) -> None:
    query = (
        "select month, payments, approved, failed, approved_amount, fee_amount, chargebacks, chargeback_amount,"
        " approval_ratio, chargeback_ratio, cost_per_approved_unit, cost_with_chargebacks_per_approved_unit"
        " from marts.rpt_processors_monthly order by month"
    )
    assert told(marts, query) == [
        ("2026-09-01", "1", "1", "0", "100.00", "3.00", "0", "0.00", "1.0000", "0.000000", "0.030000", "0.030000"),
        ("2026-10-01", "6", "2", "3", "200.00", "5.00", "1", "100.00", "0.4000", "0.500000", "0.025000", "0.525000"),
        ("2026-11-01", "0", "0", "0", "0.00", "0.00", "1", "50.00", "None", "None", "None", "None"),
    ]
    failures = (
        "select failure_code, failures, failed_amount, failure_share from marts.rpt_payment_failures_monthly order by 1"
    )
    assert told(marts, failures) == [("expired_card", "2", "50.00", "0.6667"), ("not_told", "1", "30.00", "0.3333")]
