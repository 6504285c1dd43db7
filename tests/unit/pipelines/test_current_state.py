"""Silver's current state of an operational table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.quarantine import QUARANTINE
from pipelines.lakehouse.refresh import Refreshed, refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.lakehouse.tokens import token
from tests.unit.pipelines.lakes import KEY, Json, change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
SILVER = find_silver(TABLE.silver)
USERS = find_table("diasporacore", "users")


def land_rows(lake: Lake, documents: list[Json | str | None], first_offset: int = 0) -> int:
    return land(lake, TABLE.bronze, TABLE.topic, documents, first_offset)


def refresh_rows(lake: Lake, *, full: bool = False) -> Refreshed:
    return refresh(lake, SILVER, full=full)


def paid(lake: Lake) -> dict[int, Decimal]:
    lake.attach(SILVER.name)
    return dict(lake.session.execute(f"select instalment, paid_amount from {SILVER.name}").fetchall())


def test_types_are_the_declared_ones_and_exact(lake: Lake) -> None:
    land_rows(lake, [change("c", instalment(1, paid="0.10"), lsn=100)])
    refresh_rows(lake)
    lake.attach(SILVER.name)
    row = lake.session.execute(f"select due_date, paid_amount, updated_at, paid_at from {SILVER.name}").fetchone()
    assert row is not None
    assert row[0] == date(2026, 2, 16)
    assert row[1] == Decimal("0.10")
    assert row[2].astimezone(UTC) == datetime(2026, 11, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert row[3] is None


def test_the_latest_change_of_a_key_wins_and_a_deleted_key_is_gone(lake: Lake) -> None:
    documents: list[Json | str | None] = [
        change("c", instalment(1), lsn=100),
        change("c", instalment(2), lsn=101),
        change("u", instalment(1, paid="90.10"), lsn=102),
        change("d", instalment(2), lsn=103),
    ]
    land_rows(lake, documents)
    refresh_rows(lake)
    assert paid(lake) == {1: Decimal("90.10")}


def test_a_table_that_nothing_landed_for_is_there_and_empty(lake: Lake) -> None:
    assert refresh_rows(lake).rows == 0
    assert paid(lake) == {}


def test_the_second_refresh_reads_only_what_is_new_and_a_third_writes_nothing(lake: Lake) -> None:
    offset = land_rows(lake, [change("c", instalment(1), lsn=100), change("c", instalment(2), lsn=101)])
    refresh_rows(lake)
    land_rows(lake, [change("u", instalment(2, paid="5.00"), lsn=102)], offset)
    second = refresh_rows(lake)
    third = refresh_rows(lake)
    assert (second.changes, second.rows, second.rebuilt) == (1, 2, False)
    assert (third.changes, third.snapshot_id) == (0, second.snapshot_id)


def test_a_rebuild_has_the_content_of_the_increments(lake: Lake) -> None:
    offset = land_rows(lake, [change("c", instalment(n), lsn=100 + n) for n in range(5)])
    refresh_rows(lake)
    land_rows(lake, [change("d", instalment(3), lsn=110), change("u", instalment(4, paid="1.00"), lsn=111)], offset)
    refresh_rows(lake)
    before = content_hash(lake, SILVER.name)
    assert refresh_rows(lake, full=True).rebuilt
    assert content_hash(lake, SILVER.name) == before


def test_a_redelivered_change_does_not_bring_a_deleted_row_back(lake: Lake) -> None:
    created, deleted = change("c", instalment(1), lsn=100), change("d", instalment(1), lsn=101)
    offset = land_rows(lake, [created, deleted, change("c", instalment(2), lsn=102)])
    refresh_rows(lake)
    land_rows(lake, [created], offset)
    assert refresh_rows(lake).rebuilt
    assert set(paid(lake)) == {2}


def test_keys_that_a_later_whole_snapshot_does_not_hold_are_gone(lake: Lake) -> None:
    offset = land_rows(lake, [change("c", instalment(n), lsn=100 + n) for n in range(3)])
    refresh_rows(lake)
    documents: list[Json | str | None] = [
        change("r", instalment(0), lsn=500, snapshot="first_in_data_collection"),
        change("r", instalment(2), lsn=500, snapshot="last_in_data_collection"),
    ]
    land_rows(lake, documents, offset)
    refresh_rows(lake)
    assert set(paid(lake)) == {0, 2}


def test_a_key_whose_row_in_a_whole_snapshot_does_not_fit_keeps_its_last_fitting_version(lake: Lake) -> None:
    offset = land_rows(lake, [change("c", instalment(n, paid=f"{n}.00"), lsn=100 + n) for n in range(4)])
    refresh_rows(lake)
    documents: list[Json | str | None] = [
        change("r", instalment(1, paid="much"), lsn=500, snapshot="first_in_data_collection"),
        change("r", instalment(2, paid="9.00"), lsn=500),
        change("r", instalment(3, paid="more"), lsn=500, snapshot="last_in_data_collection"),
    ]
    offset = land_rows(lake, documents, offset)
    for full in (False, True):
        refresh_rows(lake, full=full)
        assert paid(lake) == {1: Decimal(1), 2: Decimal(9), 3: Decimal(3)}
    land_rows(lake, [change("r", instalment(2, paid="9.00"), lsn=900, snapshot="last_in_data_collection")], offset)
    for full in (False, True):
        refresh_rows(lake, full=full)
        assert set(paid(lake)) == {2}, "a later snapshot does not hold the others at all"


@pytest.mark.parametrize("misfit_comes", ["before the end", "after it"])
def test_a_misfit_and_the_end_of_its_snapshot_may_come_in_two_refreshes(lake: Lake, misfit_comes: str) -> None:
    misfit = change("r", instalment(1, paid="much"), lsn=500, snapshot="first_in_data_collection")
    end = change("r", instalment(2), lsn=500, snapshot="last_in_data_collection")
    offset = land_rows(lake, [change("c", instalment(n), lsn=100 + n) for n in (1, 2, 3)])
    refresh_rows(lake)
    for piece in (misfit, end) if misfit_comes == "before the end" else (end, misfit):
        offset = land_rows(lake, [piece], offset)
        refresh_rows(lake)
    assert set(paid(lake)) == {1, 2}
    before = content_hash(lake, SILVER.name)
    refresh_rows(lake, full=True)
    assert content_hash(lake, SILVER.name) == before


def test_a_snapshot_that_comes_in_pieces_makes_the_table_whole_only_with_its_end(lake: Lake) -> None:
    offset = land_rows(lake, [change("r", instalment(1), lsn=500, snapshot="first")])
    refresh_rows(lake)
    rebuilt = []
    for number, snapshot in ((2, "true"), (3, "last")):
        offset = land_rows(lake, [change("r", instalment(number), lsn=500, snapshot=snapshot)], offset)
        rebuilt.append(refresh_rows(lake).rebuilt)
    assert rebuilt == [False, True]
    assert set(paid(lake)) == {1, 2, 3}


def test_a_row_that_does_not_fit_is_quarantined_with_its_reason_and_stops_no_other(lake: Lake) -> None:
    documents: list[Json | str | None] = [
        change("c", instalment(1, paid="12.345"), lsn=100),
        change("c", instalment(2, due_amount=None), lsn=101),
        change("c", instalment(3, due_date="soon"), lsn=102),
        "{broken",
        None,
        change("c", instalment(4), lsn=103),
    ]
    land_rows(lake, documents)
    assert refresh_rows(lake).quarantined == 5
    assert set(paid(lake)) == {4}
    lake.attach(QUARANTINE)
    rows = lake.session.execute(f'select field, reason, key from {QUARANTINE} order by "offset"').fetchall()
    assert rows == [
        ("paid_amount", "is no decimal(18,2)", "union|loan-1|1"),
        ("due_amount", "is missing", "union|loan-1|2"),
        ("due_date", "is no date", "union|loan-1|3"),
        ("document", "is no JSON object", "||"),
        ("document", "is no JSON object", "||"),
    ]


def test_quarantine_holds_each_misfit_once_however_often_silver_is_rebuilt(lake: Lake) -> None:
    land_rows(lake, [change("c", instalment(1, paid="much"), lsn=100)])
    for _ in range(2):
        refresh_rows(lake, full=True)
    lake.attach(QUARANTINE)
    assert lake.count(f"select count(*) from {QUARANTINE}") == 1


def test_direct_identifiers_become_tokens_and_never_stand_in_silver(lake: Lake) -> None:
    user: Json = {
        "user_id": "u1",
        "tenant_id": "t1",
        "full_name": "Ana Ñandú",
        "email": "ana@example.org",
        "birth_date": 7306,
        "country": "CA",
        "origin_country": None,
        "kyc_tier": 2,
        "monthly_income": None,
        "employment_months": None,
        "registered_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-01T10:00:00Z",
    }
    land(lake, USERS.bronze, USERS.topic, [change("c", user, lsn=1)])
    refresh(lake, find_silver(USERS.silver))
    lake.attach(USERS.silver)
    found = lake.session.execute(f"select full_name, email from {USERS.silver}").fetchone()
    assert found == (token(KEY.encode(), "Ana Ñandú"), token(KEY.encode(), "ana@example.org"))
