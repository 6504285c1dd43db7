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
CHAMPION = Champion(hand_behaviour_card(MODEL.model))


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def decided(lake: Lake, start: datetime, end: datetime) -> Decided | None:
    watched = watched_behaviour(lake, MODEL)
    assert watched is not None
    return watched.read(CHAMPION, Window(start, end))


def test_a_month_end_that_two_windows_meet_in_is_of_one_of_them_for_every_lender(lake: Lake) -> None:
    """August is over at 22:00 UTC in Brussels and at 04:00 in New York: the second window must not hold half a book."""
    newest = loan("kiosk", disbursed_at=datetime(2026, 10, 15, tzinfo=UTC))
    hold_loans(lake, (loan("bakery"), 3), (european("mill"), 2), (newest, 0))
    assert decided(lake, midnight(8, 2), midnight(9, 1)) is None
    found = decided(lake, midnight(9, 1), midnight(9, 30))
    assert found is not None
    assert found.columns["days_past_due"].tolist() == [0, 0]
    assert sorted(found.columns["paid_share"].tolist()) == [2 / 6, 2 / 6]
    assert len(set(found.clusters)) == 2
