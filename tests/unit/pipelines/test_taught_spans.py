"""A champion is asked by the lengths of time that it was taught by: a declaration that changes moves no figure before a version of it is served."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.models import micro_loan_model
from contracts.models.behaviour import behaviour_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.assessment import within_a_year
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_scores import score
from pipelines.models.open_loans import read_open_loans
from tests.unit.ml.hand_card import hand_card
from tests.unit.ml.hand_made import made_card, probability, scored
from tests.unit.pipelines.allowance_days import by_loan
from tests.unit.pipelines.loan_books import FIRST, Lent, hold_book, schedule
from tests.unit.pipelines.test_allowance import loan, portfolio, provided

GRANTED_BY, BEHAVIOUR = micro_loan_model(), behaviour_model("micro_loan_behaviour")
# Three instalments are due, of which the first was paid twenty days late, seventy days before.
DAY = date(2026, 5, 1)


def behaviour_card(**spans: str) -> Champion:
    """600 points for a loan that was not far past due of late, 500 for others."""
    return Champion(
        made_card(BEHAVIOUR, "by-hand", scored("recent_days_past_due", (10,), (600, 500), 600), spans=spans)
    )


def now(lake: Lake, champion: Champion) -> float:
    """The yearly probability of the one loan."""
    one = Lent("loan", FIRST)
    hold_book(lake, ([one], schedule(one, 20, 0, 0)))
    snapshots = read_open_loans(lake, GRANTED_BY, DAY).snapshots
    (found,) = score(lake, champion, BEHAVIOUR, DAY, snapshots).within_a_year.values()
    return found


def test_its_probability_is_made_a_year_from_the_window_that_it_was_taught(lake: Lake) -> None:
    found = now(lake, behaviour_card(outcome_window="90d"))
    assert found == pytest.approx(within_a_year(probability(500), timedelta(days=90)))
    assert BEHAVIOUR.outcome_window == timedelta(days=180)


def test_what_is_recent_is_measured_as_it_was_taught(lake: Lake) -> None:
    assert BEHAVIOUR.recent == timedelta(days=90)
    assert now(lake, behaviour_card(recent="90d")) == pytest.approx(within_a_year(probability(500), timedelta(180)))
    assert now(lake, behaviour_card(recent="30d")) == pytest.approx(within_a_year(probability(600), timedelta(180)))


def test_an_older_file_says_nothing_of_it_and_is_asked_by_what_is_declared(lake: Lake) -> None:
    assert now(lake, behaviour_card()) == now(lake, behaviour_card(outcome_window="180d", recent="90d"))


def test_the_probability_at_grant_is_made_a_year_from_the_window_that_its_card_was_taught(
    lake: Lake, tmp_path: Path
) -> None:
    portfolio(lake, (loan("current"), 3))
    found = []
    for spans in ({}, {"outcome_window": "365d"}):
        settings = Settings(state=tmp_path)
        publish(hand_card(spans=spans), settings, "micro_loan")
        found.append(by_loan(provided(lake, settings))["current"].probability_at_grant)
    assert found[0] == pytest.approx(within_a_year(found[1], GRANTED_BY.outcome_window))
    assert found[0] > found[1]
