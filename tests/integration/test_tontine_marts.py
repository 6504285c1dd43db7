"""Tontines on a real PostgreSQL: they pay by themselves, a payout is an event, and the marts tell their health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from contracts.events import validate_event
from contracts.settings import Settings
from sources.migrations import migrate
from sources.workload.tontines.pulse import beat
from tests.integration.copied_rows import build_marts, put_rows

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]
Row = dict[str, Any]
NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
TODAY = NOW.date()
UNION = {"tenant_id": "union"}
CAD = UNION | {"currency": "CAD"}


def insert(connection: Connection, schema: str, name: str, rows: list[Row]) -> None:
    for row in rows:
        marks = ", ".join(["%s"] * len(row))
        query = f"insert into {schema}.{name} ({', '.join(row)}) values ({marks})"
        connection.execute(query.encode(), list(row.values()))


def group() -> Row:
    return {
        **CAD, "group_id": "g", "title": "Circle", "organiser_id": "ana", "pot_account_id": "pot", "rhythm": "weekly",
        "contribution_amount": 100, "rounds": 3, "first_due_date": TODAY - timedelta(days=14), "status": "active",
        "created_at": NOW,
    }  # fmt: skip


def member(user: str, turn: int, status: str = "active") -> Row:
    return {
        **UNION, "group_id": "g", "user_id": user, "account_id": f"account-{user}", "payout_round": turn,
        "status": status, "joined_at": NOW,
    }  # fmt: skip


def owed(round_: int, user: str, status: str, due_in: int = 0) -> Row:
    paid_at = NOW if status in {"paid", "late"} else None
    return {
        **CAD, "group_id": "g", "round": round_, "user_id": user, "due_date": TODAY + timedelta(days=due_in),
        "amount": 100, "status": status, "paid_at": paid_at,
    }  # fmt: skip


def pot(round_: int, user: str, amount: int | None) -> Row:
    return {
        **CAD, "payout_id": f"g-{round_}", "group_id": "g", "round": round_, "user_id": user, "due_date": TODAY,
        "expected_amount": 300, "amount": amount, "status": "completed" if amount else "scheduled",
        "completed_at": NOW + timedelta(days=2) if amount else None,
    }  # fmt: skip


@pytest.fixture
def operations(postgres: Settings) -> Iterator[Connection]:
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        connection.execute("truncate diasporacore.tenants cascade")
        insert(connection, "diasporacore", "tenants", [{**UNION, "name": "Union", "country": "CA", "created_at": NOW}])
        for user in ("ana", "ben"):
            person = {
                **UNION, "user_id": user, "full_name": user, "email": f"{user}@example.org", "birth_date": "1990-04-12",
                "country": "CA", "kyc_tier": 2, "registered_at": NOW,
            }  # fmt: skip
            insert(connection, "diasporacore", "users", [person])
        for account, user in (("account-ana", "ana"), ("account-ben", "ben"), ("pot", "ana")):
            row = {**CAD, "account_id": account, "user_id": user, "status": "active", "opened_at": NOW}
            insert(connection, "diasporacore", "accounts", [row])
        insert(connection, "diasporacore", "tontine_groups", [group()])
        insert(connection, "diasporacore", "tontine_members", [member("ana", 1), member("ben", 2)])
        connection.execute("truncate diasporacore.outbox")
        yield connection


def payouts_told(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute("select topic, key, envelope from diasporacore.outbox order by event_id").fetchall()
    for _, _, envelope in rows:
        validate_event(envelope)
    told = [row for row in rows if row[2]["type"] == "tontine.payout.completed.v1"]
    assert {topic for topic, _, _ in told} <= {"payment.events"}
    assert all(key == envelope["data"]["payment_id"] for _, key, envelope in told)
    return [envelope["data"] for _, _, envelope in told]


def test_a_payout_is_an_event_when_it_is_completed_and_only_then(operations: Connection) -> None:
    insert(operations, "diasporacore", "tontine_payouts", [pot(1, "ana", 300), pot(2, "ben", None)])
    assert [data["payment_id"] for data in payouts_told(operations)] == ["g-1"]
    operations.execute(
        "update diasporacore.tontine_payouts set status = 'completed', amount = 200, completed_at = '2026-11-23T09:00Z'"
        " where payout_id = 'g-2'"
    )
    operations.execute("update diasporacore.tontine_payouts set due_date = due_date + 1")
    told = payouts_told(operations)
    assert [(data["payment_id"], data["customer_id"], data["amount_minor"]) for data in told] == [
        ("g-1", "ana", 30_000),
        ("g-2", "ben", 20_000),
    ]
    assert told[1]["occurred_at"] == "2026-11-23T09:00:00.000000Z"


def test_what_is_due_is_paid_and_a_complete_pot_goes_to_whose_turn_it_is(operations: Connection) -> None:
    insert(operations, "diasporacore", "tontine_contributions", [owed(2, "ana", "due", -1), owed(2, "ben", "due", 1)])
    insert(operations, "diasporacore", "tontine_payouts", [pot(2, "ben", None)])
    rng = np.random.default_rng(1)
    written = [sum(beat(operations, rng, NOW + timedelta(seconds=second), second).values()) for second in range(13)]
    assert [count for count in written if count] == [2, 4]
    statuses = operations.execute("select status from diasporacore.tontine_contributions order by user_id").fetchall()
    assert statuses == [("late",), ("paid",)]
    legs = operations.execute(
        "select kind, leg, account_id, amount::int from diasporacore.account_transactions order by occurred_at, kind, leg"
    ).fetchall()
    assert legs == [
        ("contribution", "credit", "pot", 100),
        ("contribution", "debit", "account-ana", 100),
        ("contribution", "credit", "pot", 100),
        ("contribution", "debit", "account-ben", 100),
        ("payout", "credit", "account-ben", 200),
        ("payout", "debit", "pot", 200),
    ]
    assert [(data["customer_id"], data["amount_minor"]) for data in payouts_told(operations)] == [("ben", 20_000)]


@pytest.fixture(scope="module")
def marts(postgres: Settings) -> Settings:
    """One group: Ana had the first pot and then did not pay; the third round is open."""
    rows = {
        "tontine_groups": [group()],
        "tontine_members": [member("ana", 1, "defaulted"), member("ben", 2), member("cho", 3)],
        "tontine_contributions": [
            *(owed(1, "ana", "paid"), owed(1, "ben", "paid"), owed(1, "cho", "late")),
            *(owed(2, "ana", "missed"), owed(2, "ben", "paid"), owed(2, "cho", "paid")),
            *(owed(3, "ana", "due"), owed(3, "ben", "paid"), owed(3, "cho", "due")),
        ],
        "tontine_payouts": [pot(1, "ana", 300), pot(2, "ben", 200), pot(3, "cho", None)],
        "tontine_disputes": [
            {
                **UNION, "dispute_id": "d", "group_id": "g", "round": 2, "opened_by_id": "ben", "about_id": "ana",
                "reason": "missed_contribution", "status": "resolved", "outcome": "upheld", "opened_at": NOW,
                "resolved_at": NOW,
            }
        ],
    }  # fmt: skip
    put_rows(postgres, {f"diasporacore__{name}": content for name, content in rows.items()})
    build_marts(postgres, "rpt_tontine_groups")
    return postgres


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_round_tells_what_came_in_and_what_went_out(marts: Settings) -> None:
    assert ask(
        marts,
        "select round, paid_on_time, paid_late, missed, still_due, collected_amount::int, paid_out_amount::int,"
        " pot_amount::int, payout_delay_days, disputes from marts.fct_tontine_rounds order by round",
    ) == [
        (1, 2, 1, 0, 0, 300, 300, 0, 2, 0),
        (2, 2, 0, 1, 0, 200, 200, 0, 2, 1),
        (3, 1, 0, 0, 2, 100, 0, 100, None, 0),
    ]


def test_a_member_who_had_the_pot_and_did_not_pay_owes_it(marts: Settings) -> None:
    assert ask(
        marts,
        "select user_id, is_defaulted, missed, paid_amount::int, received_amount::int, owed_after_pot_amount::int"
        " from marts.fct_tontine_members order by user_id",
    ) == [("ana", True, 1, 100, 300, 100), ("ben", False, 0, 300, 200, 0), ("cho", False, 0, 200, 0, 0)]


def test_a_group_with_a_member_in_default_is_not_sound(marts: Settings) -> None:
    assert ask(
        marts,
        "select health, members, defaulted_members, rounds_planned, rounds_completed, on_time_ratio::text,"
        " shortfall_amount::int, owed_after_pot_amount::int, disputes, open_disputes, upheld_disputes"
        " from marts.rpt_tontine_groups",
    ) == [("in default", 3, 1, 3, 2, "0.7143", 100, 100, 1, 0, 1)]
