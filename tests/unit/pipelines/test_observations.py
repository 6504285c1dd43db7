"""Loans on a day as they were known then: measured as a plain walk through the days measures them, and blind to what came after."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError, NotFoundError
from contracts.models.behaviour import MEASURES, behaviour_model
from ml.credit.rates import Loan
from pipelines.lakehouse.catalog import Lake, open_session
from pipelines.models.observations import month_ends, observe, read_observations
from tests.unit.pipelines.loan_books import (
    FIRST,
    ZONE,
    Book,
    Lent,
    Owed,
    books,
    hold_book,
    local,
    moments,
    noon,
    payments,
    put,
    schedule,
)

MODEL = behaviour_model("micro_loan_behaviour")
DAYS = st.integers(0, 500).map(lambda days: FIRST.date() + timedelta(days=days))


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_session()
    yield opened
    opened.close()


def observed(session: duckdb.DuckDBPyConnection, book: Book, *days: date) -> pd.DataFrame:
    put(session, book)
    return observe(session, MODEL, days)


def paid_on(row: Owed) -> date | None:
    return local(row.paid_at or row.updated_at) if row.paid_amount >= row.due_amount else None


def walked(loan: Lent, rows: list[Owed], day: date) -> dict[str, float]:
    """The measures, a day at a time: before a day's payments, what was due before it and not paid is past due."""
    paid = {row.instalment: paid_on(row) for row in rows}

    def unpaid_before(at: date) -> list[Owed]:
        return [row for row in rows if (when := paid[row.instalment]) is None or when >= at]

    by_day = {
        at: max([(at - row.due_date).days for row in unpaid_before(at) if row.due_date < at], default=0)
        for at in (local(loan.disbursed_at) + timedelta(days=days) for days in range(900))
        if at <= day
    }
    due = [row for row in rows if row.due_date <= day]
    late = [max((min(paid[row.instalment] or day, day) - row.due_date).days, 0) for row in due]
    done = sum(1 for when in paid.values() if when is not None and when <= day)
    left = [row for row in due if (when := paid[row.instalment]) is None or when > day]
    rate = float(loan.annual_rate_pct or 0) / 100
    return {
        "days_past_due": max([(day - row.due_date).days for row in left], default=0),
        "worst_days_past_due": max(by_day.values()),
        "recent_days_past_due": max(days for at, days in by_day.items() if at > day - MODEL.recent),
        "days_late": sum(late),
        "instalments_due": len(due),
        "instalments_late": sum(1 for days in late if days > 0),
        "instalments_paid": done,
        "instalments_agreed": loan.term_months,
        "principal_owed": [*Loan(float(loan.principal), rate, loan.term_months).balances(), 0.0][done],
        "months_on_book": whole_months(local(loan.disbursed_at), day),
    }


def whole_months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


@given(book=books(), day=DAYS)
def test_each_measure_is_what_a_walk_through_the_days_finds(
    session: duckdb.DuckDBPyConnection, book: Book, day: date
) -> None:
    loans, rows = book
    lent = {
        (loan.tenant_id, loan.loan_id): loan
        for loan in loans
        if local(loan.disbursed_at) <= day and (loan.defaulted_at is None or local(loan.defaulted_at) > day)
    }
    found = {(row["tenant_id"], row["loan_id"]): row for row in observed(session, book, day).to_dict("records")}
    assert found.keys() == lent.keys()
    for key, loan in lent.items():
        expected = walked(loan, [row for row in rows if (row.tenant_id, row.loan_id) == key], day)
        measured = {name: found[key][name] for name in MODEL.measures}
        assert measured == pytest.approx({name: expected[name] for name in MODEL.measures}, abs=1e-6)


def test_every_measure_that_is_declared_is_measured() -> None:
    loan = Lent("a", FIRST)
    assert set(MODEL.measures) == set(walked(loan, schedule(loan), FIRST.date())) == set(MEASURES)


@st.composite
def told_otherwise(draw: st.DrawFn, book: Book, day: date) -> Book:
    """The same book to whoever reads it on the day: all that came after is another."""
    after = datetime.combine(day + timedelta(days=1), time(), ZONE)
    later = st.integers(0, 5000).map(lambda hours: after + timedelta(hours=hours))
    loans = [
        replace(
            loan,
            status=draw(st.sampled_from(["active", "repaid", "defaulted"])),
            defaulted_at=draw(st.none() | later)
            if loan.defaulted_at is None or loan.defaulted_at >= after
            else loan.defaulted_at,
        )
        for loan in book[0]
    ]
    return loans, [draw(_otherwise(row, day, after)) for row in book[1]]


@st.composite
def _otherwise(draw: st.DrawFn, row: Owed, day: date, after: datetime) -> Owed:
    when = paid_on(row)
    if when is not None and when <= day:
        return row
    if row.due_date > day:
        days, half = draw(st.integers(1, 400)), draw(st.integers(1, 90_000))
        row = replace(row, due_date=day + timedelta(days=days), due_amount=2 * Decimal(half) / 100)
    return draw(payments(row, after))


@given(data=st.data(), book=books(), day=DAYS)
def test_nothing_that_came_after_the_day_moves_a_column(
    session: duckdb.DuckDBPyConnection, data: st.DataObject, book: Book, day: date
) -> None:
    other = data.draw(told_otherwise(book, day))
    before, after = (observed(session, one, day).drop(columns="defaulted_at") for one in (book, other))
    pd.testing.assert_frame_equal(before, after)


def test_what_came_by_the_end_of_the_day_where_the_lender_is_moves_them(session: duckdb.DuckDBPyConnection) -> None:
    loan = Lent("a", FIRST)
    rows = schedule(loan)
    day = rows[0].due_date + timedelta(days=5)
    midnight = datetime.combine(day + timedelta(days=1), time(), ZONE)
    for at, late in ((midnight - timedelta(seconds=1), 0), (midnight, 5)):
        (found,) = observed(session, ([loan], [rows[0].paid(at), *rows[1:]]), day).to_dict("records")
        assert found["days_past_due"] == late
        assert found["worst_days_past_due"] == 5


def test_a_loan_is_observed_from_its_first_day_to_the_one_before_it_defaulted(
    session: duckdb.DuckDBPyConnection,
) -> None:
    day = date(2026, 3, 31)
    told = {
        "lent that day": Lent("a", noon(day)),
        "lent the next": Lent("a", noon(day + timedelta(days=1))),
        "defaulted that day": Lent("a", FIRST, defaulted_at=noon(day)),
        "defaulted the next": Lent("a", FIRST, defaulted_at=noon(day + timedelta(days=1))),
    }
    found = {name for name, loan in told.items() if len(observed(session, ([loan], schedule(loan)), day))}
    assert found == {"lent that day", "defaulted the next"}


def test_a_day_ends_where_the_lender_is(session: duckdb.DuckDBPyConnection) -> None:
    loan = Lent("a", FIRST)
    rows = observed(session, ([loan], schedule(loan)), date(2026, 1, 31), date(2026, 7, 31))
    assert [at.isoformat() for at in rows["observed_at"]] == ["2026-02-01T05:00:00+00:00", "2026-08-01T04:00:00+00:00"]


@given(first=DAYS, more=st.integers(0, 900))
def test_the_days_are_the_last_ones_of_the_months_that_are_over(first: date, more: int) -> None:
    present = first + timedelta(days=more)
    days = [first + timedelta(days=days) for days in range(more)]
    assert month_ends(first, present) == [day for day in days if (day + timedelta(days=1)).day == 1]


@given(book=books(), moment=moments)
def test_a_loan_that_is_paid_off_is_no_observation(
    session: duckdb.DuckDBPyConnection, book: Book, moment: datetime
) -> None:
    rows = observed(session, book, local(moment))
    paid = rows["instalments_paid"] == rows["instalments_agreed"]
    assert paid.equals(rows["instalments_paid_in_full"] >= rows["instalments_promised"])
    assert not rows.loc[paid, "principal_owed"].any()
    assert not any(map(math.isnan, rows["principal_owed"]))


def test_what_is_read_is_open_loans_on_month_ends_up_to_what_the_lender_did_last(lake: Lake) -> None:
    open_, done = Lent("open", FIRST), Lent("done", FIRST, user_id="bo")
    newest = Lent("newest", noon(date(2026, 5, 20)), user_id="cy")
    bare = Lent("bare", FIRST, user_id="di")
    hold_book(lake, ([open_, done, newest, bare], [*schedule(open_, 0), *schedule(done, *[0] * 6), *schedule(newest)]))
    found = read_observations(lake, MODEL)
    rows = found.observations.rows
    assert found.observations.present == pd.Timestamp(newest.disbursed_at)
    assert set(rows["observed_on"].dt.date) == {
        date(2026, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30))
    }
    assert rows.groupby("loan_id").size().to_dict() == {"open": 4, "done": 4}
    assert set(rows["borrower"]) == {"union/ana", "union/bo"}
    assert set(found.snapshots) == {"silver.diasporacore__loans", "silver.diasporacore__loan_repayments"}


def test_a_loan_is_over_when_as_many_instalments_are_paid_as_it_has_whatever_its_term_says(lake: Lake) -> None:
    short, newest = Lent("short", FIRST), Lent("newest", noon(date(2026, 6, 20)), user_id="bo")
    hold_book(lake, ([short, newest], [*schedule(short, 0, 0)[:2], *schedule(newest)]))
    rows = read_observations(lake, MODEL).observations.rows
    assert set(rows.loc[rows["loan_id"] == "short", "observed_on"].dt.date) == {date(2026, 1, 31), date(2026, 2, 28)}


def test_recorded_snapshots_give_what_was_read_then(lake: Lake) -> None:
    loan, newest = Lent("a", FIRST), Lent("z", noon(date(2026, 6, 20)))
    hold_book(lake, ([loan, newest], [*schedule(loan, 0), *schedule(newest)]))
    first = read_observations(lake, MODEL)
    hold_book(lake, ([loan, newest], [*schedule(loan, 0, 9), *schedule(newest)]))
    again = read_observations(lake, MODEL, first.snapshots)
    pd.testing.assert_frame_equal(again.observations.rows, first.observations.rows)
    assert not read_observations(lake, MODEL).observations.rows.equals(first.observations.rows)


def test_no_loan_and_no_table_are_told(lake: Lake) -> None:
    with pytest.raises(NotFoundError, match="diasporacore__loans"):
        read_observations(lake, MODEL)
    hold_book(lake, ([], []))
    with pytest.raises(InvalidInputError, match="there is no loan to learn from"):
        read_observations(lake, MODEL)
