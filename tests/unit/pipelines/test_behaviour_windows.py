"""What monitoring judges of a behaviour card in a window: a month end of the calendar, of all lenders or of none."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.models.behaviour import behaviour_model
from ml.champions import Champion
from ml.governance.monitoring import Decided, Window
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_windows import watched_behaviour
from tests.unit.ml.hand_behaviour_card import hand_behaviour_card
from tests.unit.pipelines.test_observed_businesses import european, hold_loans
from tests.unit.pipelines.test_sme_allowance import loan

MODEL = behaviour_model("sme_loan_behaviour")
NEWEST = loan("kiosk", disbursed_at=datetime(2026, 10, 15, tzinfo=UTC))


def champion(**spans: str) -> Champion:
    return Champion(hand_behaviour_card(MODEL.model, spans=spans))


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def decided(lake: Lake, start: datetime, end: datetime, **spans: str) -> Decided | None:
    watched = watched_behaviour(lake, MODEL)
    assert watched is not None
    return watched.read(champion(**spans), Window(start, end))


def test_a_month_end_that_two_windows_meet_in_is_of_one_of_them_for_every_lender(lake: Lake) -> None:
    """August is over at 22:00 UTC in Brussels and at 04:00 in New York: the second window must not hold half a book."""
    hold_loans(lake, (loan("bakery"), 3), (european("mill"), 2), (NEWEST, 0))
    assert decided(lake, midnight(8, 2), midnight(9, 1)) is None
    found = decided(lake, midnight(9, 1), midnight(9, 30))
    assert found is not None
    assert found.columns["days_past_due"].tolist() == [0, 0]
    assert sorted(found.columns["paid_share"].tolist()) == [2 / 6, 2 / 6]
    assert len(set(found.clusters)) == 2


def test_an_outcome_is_that_of_the_window_which_the_champion_was_taught_by(lake: Lake) -> None:
    """August is observed six weeks before the present: of a year nothing is known yet, of thirty days and of forty all is."""
    bad = loan("mill", status="defaulted", defaulted_at=datetime(2026, 10, 5, tzinfo=UTC))
    hold_loans(lake, (bad, 1), (NEWEST, 0))
    told = {}
    for length in ("365d", "30d", "40d"):
        found = decided(lake, midnight(9, 1), midnight(9, 30), outcome_window=length)
        assert found is not None
        told[length] = [
            (bool(judged), bool(outcome)) for judged, outcome in zip(found.judged, found.outcome, strict=True)
        ]
    assert told == {"365d": [(False, True)], "30d": [(True, False)], "40d": [(True, True)]}


def test_what_another_recent_time_would_show_is_not_judged(lake: Lake) -> None:
    hold_loans(lake, (loan("bakery"), 3), (NEWEST, 0))
    assert decided(lake, midnight(9, 1), midnight(9, 30), recent="90d") is not None
    assert decided(lake, midnight(9, 1), midnight(9, 30), recent="60d") is None
