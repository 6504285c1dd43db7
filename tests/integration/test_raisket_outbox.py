"""Raisket on a real PostgreSQL: no bureau report without a consent and an inquiry, and every movement an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest

from contracts.events import validate_event
from contracts.settings import Settings
from contracts.tables import find_table
from sources.bulk import insert_new
from sources.migrations import migrate
from sources.workload.calendars import Calendar
from sources.workload.raisket.market import build_raisket
from sources.workload.raisket.pulse import pulse
from sources.workload.sizes import parse_size

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]

AS_OF = datetime(2026, 11, 22, 17, tzinfo=UTC)
INQUIRY = "insert into raisket.bureau_inquiries values (%s, %s, %s, 'buro_de_credito', %s)"
REPORT = "insert into raisket.bureau_reports values (%s, %s, 700, 1, 1000, 2000, 50, 0, 1, 'MXN', %s)"


@pytest.fixture
def market(postgres: Settings) -> Iterator[Connection]:
    """Ana consented from 2 to 20 March; Leo only to letters."""
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        connection.execute("truncate raisket.users, raisket.products, raisket.partners cascade")
        for user in ("ana", "leo"):
            connection.execute(
                "insert into raisket.users values (%s, 'N', 'n@example.org', 'C', '1990-01-01', 'MX', 'MX-CMX', false, 2, now())",
                [user],
            )
        connection.execute(
            "insert into raisket.consents values"
            " ('c1', 'ana', 'bureau_inquiry', 'granted', '2026-03-02T12:00Z', '2026-03-20T12:00Z', null),"
            " ('c2', 'leo', 'marketing', 'granted', '2026-03-02T12:00Z', '2027-03-02T12:00Z', null)"
        )
        connection.execute("truncate raisket.outbox")
        yield connection


def events(connection: Connection) -> list[tuple[str, str, dict[str, Any]]]:
    rows = connection.execute("select topic, key, envelope from raisket.outbox order by event_id").fetchall()
    for _, _, envelope in rows:
        validate_event(envelope)
    return rows


def test_a_report_needs_an_inquiry(market: Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        market.execute(REPORT, ["i1", "ana", "2026-03-03T12:00Z"])


@pytest.mark.parametrize(
    ("user", "consent", "at"),
    [
        ("ana", "c1", "2026-03-02T11:59:59Z"),
        ("ana", "c1", "2026-03-20T12:00:00Z"),
        ("leo", "c1", "2026-03-03T12:00Z"),
        ("leo", "c2", "2026-03-03T12:00Z"),
    ],
)
def test_an_inquiry_needs_a_consent_of_its_user_that_holds(
    market: Connection, user: str, consent: str, at: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="no consent of the user holds"):
        market.execute(INQUIRY, ["i1", user, consent, at])
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        market.execute(INQUIRY, ["i1", "ana", "nothing", "2026-03-03T12:00Z"])
    assert market.execute("select count(*) from raisket.bureau_inquiries").fetchone() == (0,)


def test_one_bad_row_among_many_refuses_them_all(market: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="bureau_inquiries i2"):
        market.execute(
            "insert into raisket.bureau_inquiries values ('i1', 'ana', 'c1', 'buro_de_credito', '2026-03-03T12:00Z'),"
            " ('i2', 'leo', 'c2', 'buro_de_credito', '2026-03-03T12:00Z')"
        )
    assert market.execute("select count(*) from raisket.bureau_inquiries").fetchone() == (0,)


def test_a_report_answers_its_users_inquiry_once_after_it_and_before_the_consent_ends(market: Connection) -> None:
    market.execute(INQUIRY, ["i1", "ana", "c1", "2026-03-20T11:59:00Z"])
    for user, at in (
        ("leo", "2026-03-20T11:59:30Z"),
        ("ana", "2026-03-20T11:58:59Z"),
        ("ana", "2026-03-20T12:00:00Z"),
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="bureau_reports i1"):
            market.execute(REPORT, ["i1", user, at])
    market.execute(REPORT, ["i1", "ana", "2026-03-20T11:59:30Z"])
    with pytest.raises(psycopg.errors.UniqueViolation):
        market.execute(REPORT, ["i1", "ana", "2026-03-20T11:59:40Z"])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("update raisket.consents set user_id = 'leo' where consent_id = 'c1'", "is never changed"),
        ("update raisket.consents set granted_at = '2026-03-10T12:00Z' where consent_id = 'c1'", "is never changed"),
        ("update raisket.consents set purpose = 'marketing' where consent_id = 'c1'", "is never changed"),
        ("update raisket.consents set expires_at = '2026-03-05T12:00Z' where consent_id = 'c1'", "was used after"),
        (
            "update raisket.consents set status = 'revoked', revoked_at = '2026-03-06T12:00:01Z' where consent_id = 'c1'",
            "was used after",
        ),
        ("update raisket.bureau_inquiries set inquired_at = '2026-03-07T12:00Z'", "never changed"),
        ("update raisket.bureau_reports set reported_at = '2026-03-05T12:00Z'", "never changed"),
    ],
)
def test_what_a_report_rests_on_cannot_be_taken_away_afterwards(market: Connection, change: str, cause: str) -> None:
    market.execute(INQUIRY, ["i1", "ana", "c1", "2026-03-06T12:00:00Z"])
    market.execute(REPORT, ["i1", "ana", "2026-03-06T12:00:02Z"])
    with pytest.raises(psycopg.errors.CheckViolation, match=cause):
        market.execute(change.encode())
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        market.execute("delete from raisket.consents")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        market.execute("delete from raisket.bureau_inquiries")
    market.execute("update raisket.bureau_reports set score = 710")


def test_a_revocation_is_an_event_and_stops_inquiries(market: Connection) -> None:
    market.execute(
        "update raisket.consents set status = 'revoked', revoked_at = '2026-03-10T12:00Z' where consent_id = 'c1'"
    )
    [(topic, key, envelope)] = events(market)
    assert (topic, key, envelope["type"], envelope["subject"]) == ("user.events", "ana", "consent.changed.v1", "c1")
    assert envelope["data"] == {
        "consent_id": "c1",
        "user_id": "ana",
        "tenant_id": "raisket",
        "purpose": "bureau_inquiry",
        "status": "revoked",
        "expires_at": "2026-03-20T12:00:00.000000Z",
        "occurred_at": "2026-03-10T12:00:00.000000Z",
    }
    with pytest.raises(psycopg.errors.CheckViolation):
        market.execute(INQUIRY, ["i1", "ana", "c1", "2026-03-10T12:00Z"])


def write_market(connection: Connection) -> dict[str, int]:
    connection.execute("truncate raisket.users, raisket.products, raisket.partners cascade")
    connection.execute("truncate raisket.outbox")
    built = build_raisket(7, parse_size("20000"), Calendar(AS_OF, 120))
    written = {}
    for name, rows in built.tables.items():
        table = find_table("raisket", name)
        written[name] = insert_new(connection, table, {one.name: rows[one.name] for one in table.columns})
    return written


def test_a_whole_market_keeps_every_rule_and_moves_money_as_canonical_transactions(market: Connection) -> None:
    market.execute("set atalaya.origin = 'history'")
    written = write_market(market)
    counted = {
        (topic, kind): count
        for topic, kind, count in market.execute(
            "select topic, envelope ->> 'type', count(*) from raisket.outbox group by 1, 2"
        ).fetchall()
    }
    moved = [count for (topic, _), count in counted.items() if topic == "transaction.history"]
    assert sum(moved) == written["transactions"] > 100
    assert counted["transaction.history", "transaction.failed.v1"] > 0
    assert counted["user.events", "user.registered.v1"] == written["users"]
    assert counted["user.events", "consent.changed.v1"] == written["consents"]
    seen = {
        (data["kind"], data["leg"])
        for _, _, envelope in events(market)
        if (data := envelope["data"]).get("app") == "raisket"
    }
    assert seen == {("loan_disbursement", "credit"), ("loan_repayment", "debit"), ("transfer", "debit")}


def test_the_pulse_asks_the_bureau_only_under_a_consent_and_writes_a_few_rows(market: Connection) -> None:
    write_market(market)
    market.execute("analyze raisket.users")
    rows = [pulse(market, np.random.default_rng(second), AS_OF, second) for second in range(12)]
    assert {sum(row.values()) for row in rows} == {1, 4}
    counts = "select (select count(*) from raisket.bureau_inquiries) - (select count(*) from raisket.bureau_reports)"
    assert market.execute(counts.encode()).fetchone() == (0,)


def test_a_pulse_without_people_writes_nothing(market: Connection) -> None:
    market.execute("truncate raisket.users, raisket.products cascade")
    assert not pulse(market, np.random.default_rng(1), AS_OF, 1)
