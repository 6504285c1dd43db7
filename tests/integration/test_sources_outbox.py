"""The outbox on a real PostgreSQL: whoever writes a row publishes an event, and a bad one is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from contracts.errors import ConfigurationError
from contracts.events import validate_event
from contracts.settings import Settings
from contracts.tables import load_tables
from sources.migrations import migrate

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]

INSERT = """
insert into diasporacore.account_transactions
    (transaction_id, leg, status, kind, channel, tenant_id, account_id, customer_id, amount, currency, occurred_at)
values (%(id)s, 'debit', %(status)s, 'transfer', 'app', 'union', 'account', 'eve', %(amount)s, %(currency)s, %(at)s)
"""
MOVEMENT_KEYS = ("account_id", "customer_id", "counterparty_id", "device_id", "terminal_id")
ROW = {
    "id": "t1",
    "status": "completed",
    "amount": "12.34",
    "currency": "CAD",
    "at": "2026-11-22T12:00:00.123456-05:00",
}


@pytest.fixture
def operations(postgres: Settings) -> Iterator[Connection]:
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        connection.execute("truncate diasporacore.tenants, finflow.tenants cascade")
        connection.execute("insert into diasporacore.tenants values ('union', 'Union', 'CA', now())")
        connection.execute(
            "insert into diasporacore.users (user_id, tenant_id, full_name, email, birth_date, country, kyc_tier, registered_at)"
            " values ('eve', 'union', 'Eve', 'eve@example.org', '1990-04-12', 'CA', 2, now())"
        )
        connection.execute(
            "insert into diasporacore.accounts values ('account', 'eve', 'union', 'CAD', 'active', now())"
        )
        connection.execute("insert into finflow.tenants values ('shop', 'Shop', 'EU', 'EUR', now())")
        connection.execute(
            "insert into finflow.customers values ('mike', 'shop', 'Mike', 'm@example.org', 'ES', now())"
        )
        connection.execute("truncate diasporacore.outbox, finflow.outbox")
        yield connection


def events(connection: Connection, schema: str = "diasporacore") -> list[tuple[str, str, dict[str, Any]]]:
    rows = connection.execute(f"select topic, key, envelope from {schema}.outbox order by event_id").fetchall()
    for _, _, envelope in rows:
        validate_event(envelope)
    return rows


def test_migrations_can_be_repeated(postgres: Settings) -> None:
    migrate(postgres)
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations")) as connection:
        for table in load_tables():
            found = connection.execute(
                "select c.relreplident = 'f' from pg_class c where c.oid = %s::regclass",
                [f"{table.schema_name}.{table.name}"],
            ).fetchone()
            assert found == (True,)


def test_a_plain_insert_is_an_event(operations: Connection) -> None:
    operations.execute(INSERT, ROW)
    [(topic, key, envelope)] = events(operations)
    assert (topic, key) == ("transaction.events", "account")
    assert envelope["type"] == "transaction.processed.v1"
    assert envelope["source"] == "/diasporacore"
    assert envelope["subject"] == "t1"
    data = envelope["data"]
    assert data["occurred_at"] == "2026-11-22T17:00:00.123456Z"
    assert (data["amount_minor"], data["amount_usd_minor"], data["rate_id"]) == (1234, 901, "CADUSD:2000-01-01")
    assert data["jurisdiction"] == "CA"
    assert data["kyc_tier"] == 2


def test_the_event_is_gone_when_the_transaction_is_rolled_back(operations: Connection) -> None:
    with operations.transaction(force_rollback=True):
        operations.execute(INSERT, ROW)
    assert events(operations) == []


def test_a_new_status_is_an_event_and_another_change_is_none(operations: Connection) -> None:
    operations.execute(INSERT, ROW | {"status": "attempted"})
    operations.execute("update diasporacore.account_transactions set status = 'completed'")
    operations.execute("update diasporacore.account_transactions set counterparty_id = 'x', status = status")
    operations.execute("update diasporacore.account_transactions set status = 'reversed'")
    assert [envelope["type"] for _, _, envelope in events(operations)] == [
        "transaction.attempted.v1",
        "transaction.processed.v1",
        "transaction.reversed.v1",
    ]


def test_an_update_moves_updated_at(operations: Connection) -> None:
    operations.execute(INSERT, ROW)
    operations.execute("create temp table before as select updated_at from diasporacore.account_transactions")
    operations.execute("update diasporacore.account_transactions set status = 'reversed'")
    moved = operations.execute("select t.updated_at > b.updated_at from diasporacore.account_transactions t, before b")
    assert moved.fetchone() == (True,)


def test_history_goes_to_its_own_topic_and_labels_do_not(operations: Connection) -> None:
    operations.execute("set atalaya.origin = 'history'")
    operations.execute(INSERT, ROW)
    operations.execute(
        "insert into diasporacore.transaction_disputes values ('d1', 'union', 't1', 'debit', 'fraud', 'dispute', '2026-11-22T20:00:00Z')"
    )
    found = events(operations)
    assert [topic for topic, _, _ in found] == ["transaction.history", "label.events"]
    assert found[1][1] == "t1"
    assert found[1][2]["data"]["known_at"] == "2026-11-22T20:00:00.000000Z"


def test_a_label_carries_the_time_and_the_keys_of_the_latest_attempt_that_it_is_about(operations: Connection) -> None:
    operations.execute(
        "insert into diasporacore.account_transactions (transaction_id, leg, attempt, status, kind, channel, tenant_id,"
        " account_id, customer_id, counterparty_id, device_id, terminal_id, amount, currency, occurred_at) values"
        " ('t1', 'debit', 1, 'failed', 'card_payment', 'card_present', 'union', 'account', 'eve', 'shop', 'phone', 'old', 1, 'CAD', '2026-11-20T12:00:00Z'),"
        " ('t1', 'debit', 2, 'completed', 'card_payment', 'card_present', 'union', 'account', 'eve', 'shop', 'phone', 'new', 1, 'CAD', '2026-11-21T12:00:00Z'),"
        " ('t1', 'credit', 3, 'completed', 'transfer', 'app', 'union', 'account', 'eve', 'other', null, null, 1, 'CAD', '2026-11-22T12:00:00Z')"
    )
    operations.execute("truncate diasporacore.outbox")
    operations.execute(
        "insert into diasporacore.transaction_disputes values"
        " ('d1', 'union', 't1', 'debit', 'fraud', 'dispute', '2026-11-23T20:00:00Z'),"
        " ('d2', 'union', 'unheard-of', 'debit', 'fraud', 'dispute', '2026-11-23T20:00:00Z')"
    )
    known, unknown = (envelope["data"] for _, _, envelope in events(operations))
    assert known["occurred_at"] == "2026-11-21T12:00:00.000000Z"
    assert [known[name] for name in MOVEMENT_KEYS] == ["account", "eve", "shop", "phone", "new"]
    assert not unknown.keys() & {"occurred_at", *MOVEMENT_KEYS}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "ZZZ"}, "currency"),
        ({"id": "t" * 65}, "transaction_id"),
        ({"currency": "JPY", "amount": "0.40"}, "amount_minor"),
        ({"amount": "1000000000000.01"}, "amount_minor"),
        ({"at": "1999-12-31T00:00:00Z"}, "amount_minor"),
        ({"id": ""}, "transaction_id"),
        ({"at": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}, "occurred_at"),
    ],
)
def test_a_row_that_breaks_the_contract_is_refused_by_name(
    operations: Connection, change: dict[str, str], field: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        operations.execute(INSERT, ROW | change)
    assert refused.value.diag.column_name == field
    assert f"diasporacore.account_transactions: {field} " in str(refused.value)
    assert events(operations) == []
    assert operations.execute("select count(*) from diasporacore.account_transactions").fetchone() == (0,)


def test_halves_are_rounded_to_even_as_in_contracts(operations: Connection) -> None:
    for number, amount in enumerate(("1012.50", "1013.50", "2.50")):
        operations.execute(INSERT, ROW | {"id": f"t{number}", "amount": amount, "currency": "JPY"})
    assert [envelope["data"]["amount_minor"] for _, _, envelope in events(operations)] == [1012, 1014, 2]


def test_many_rows_of_one_statement_keep_their_order(operations: Connection) -> None:
    rows = ", ".join(
        f"('m{number}', 'debit', 'completed', 'transfer', 'app', 'union', 'account', 'eve', 1, '{currency}', now())"
        for number, currency in enumerate(("CAD", "USD", "EUR", "JPY") * 10)
    )
    operations.execute(
        "insert into diasporacore.account_transactions (transaction_id, leg, status, kind, channel, tenant_id, account_id,"
        f" customer_id, amount, currency, occurred_at) values {rows}"
    )
    assert [envelope["subject"] for _, _, envelope in events(operations)] == [f"m{number}" for number in range(40)]


def test_a_payment_is_a_movement_and_a_step_in_its_merchants_books(operations: Connection) -> None:
    operations.execute(
        "insert into finflow.payments (payment_id, tenant_id, customer_id, card_account_id, processor, channel, amount,"
        " fee_amount, currency, status, terminal_id, occurred_at) values ('p1', 'shop', 'mike', 'card', 'norte',"
        " 'card_present', 20, 1, 'EUR', 'attempted', 'till', '2026-11-22T12:00:00Z')"
    )
    operations.execute("update finflow.payments set status = 'completed'")
    operations.execute(
        "insert into finflow.chargebacks values ('c1', 'p1', 'product', 20, 'EUR', '2026-11-25T12:00:00Z'),"
        " ('c2', 'p1', 'fraud', 20, 'EUR', '2026-11-26T12:00:00Z')"
    )
    found = events(operations, "finflow")
    assert [(topic, envelope["type"]) for topic, _, envelope in found] == [
        ("transaction.events", "transaction.attempted.v1"),
        ("payment.events", "payment.created.v1"),
        ("transaction.events", "transaction.processed.v1"),
        ("payment.events", "payment.succeeded.v1"),
        ("label.events", "label.recorded.v1"),
        ("label.events", "label.recorded.v1"),
    ]
    movement = found[0][2]["data"]
    assert (movement["leg"], movement["account_id"], movement["counterparty_id"]) == ("debit", "card", "shop")
    assert (movement["jurisdiction"], movement["amount_usd_minor"]) == ("EU", 2180)
    labels = [envelope["data"] for _, _, envelope in found[4:]]
    assert [label["label"] for label in labels] == ["legitimate", "fraud"]
    for name in ("occurred_at", *MOVEMENT_KEYS):
        assert [label.get(name) for label in labels] == [movement.get(name)] * 2


def test_old_outbox_rows_are_cleaned_and_young_ones_stay(operations: Connection) -> None:
    operations.execute(INSERT, ROW)
    operations.execute(INSERT, ROW | {"id": "t2"})
    operations.execute(
        "update diasporacore.outbox set created_at = now() - interval '8 days' where key = 'account' "
        "and envelope ->> 'subject' = 't1'"
    )
    assert operations.execute("select cdc_control.clean_outbox('diasporacore', 7)").fetchone() == (1,)
    assert [envelope["subject"] for _, _, envelope in events(operations)] == ["t2"]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="less than a day"):
        operations.execute("select cdc_control.clean_outbox('diasporacore', 0)")


def test_a_column_that_the_rows_do_not_allow_stops_the_migration(operations: Connection, postgres: Settings) -> None:
    operations.execute("alter table diasporacore.users drop column kyc_tier")
    with pytest.raises(ConfigurationError, match=r"diasporacore\.users has rows"):
        migrate(postgres)
    operations.execute("truncate diasporacore.users cascade")
    migrate(postgres)
    assert operations.execute("select count(kyc_tier) from diasporacore.users").fetchone() == (0,)
