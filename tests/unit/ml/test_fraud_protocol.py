from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.bench.fraud_protocol import (
    BOOK,
    TEST_STARTS,
    VALIDATION_STARTS,
    Payments,
    assess,
    beside_book,
    card_precision,
    fold,
    paired_difference,
)

START = date(2018, 7, 25)
FIRST = (START - date(1970, 1, 1)).days


def payments(*rows: tuple[int, int, bool]) -> Payments:
    """Each a day after the start of training, a card, and whether it is fraud."""
    days, cards, fraud = zip(*rows, strict=True)
    return Payments(np.array(days) + FIRST, np.array(cards), np.array(fraud))


def test_folds_begin_where_the_book_has_them() -> None:
    starts = [start.isoformat() for start in (*TEST_STARTS, *VALIDATION_STARTS)]
    assert starts[:4] == ["2018-08-15", "2018-08-08", "2018-08-01", "2018-07-25"]
    assert starts[4:] == ["2018-07-11", "2018-07-04", "2018-06-27", "2018-06-20"]


def test_every_validated_week_ends_before_the_first_tested_one() -> None:
    assert max(VALIDATION_STARTS) + timedelta(days=21) <= min(TEST_STARTS) + timedelta(days=14)


def test_a_fold_trains_on_a_week_and_judges_the_week_after_next() -> None:
    history = payments(*((day, day, False) for day in range(-3, 30)))
    found = fold(history, START)
    assert (history.day[found.train] - FIRST).tolist() == list(range(7))
    assert (history.day[found.assess] - FIRST).tolist() == list(range(14, 21))


def test_a_card_defrauded_in_training_is_not_judged() -> None:
    history = payments((3, 1, True), (14, 1, False), (14, 2, False), (20, 1, True))
    assert fold(history, START).assess.tolist() == [2]


@pytest.mark.parametrize(("told", "judged_from"), [(6, 14), (7, 15), (8, 16), (12, 20), (13, 21)])
def test_a_fraud_of_the_delay_week_is_known_eight_days_later(told: int, judged_from: int) -> None:
    history = payments((told, 1, True), *((day, 1, False) for day in range(14, 21)))
    days = history.day[fold(history, START).assess] - FIRST
    assert days.tolist() == list(range(14, judged_from))


def test_the_share_is_over_cards_by_their_highest_score() -> None:
    judged = payments((14, 1, True), (14, 1, False), (14, 2, False), (14, 3, True))
    assert card_precision(np.array([0.1, 0.9, 0.5, 0.4]), judged, alerts=1) == 1.0
    assert card_precision(np.array([0.1, 0.3, 0.5, 0.4]), judged, alerts=1) == 0.0
    assert card_precision(np.array([0.1, 0.3, 0.5, 0.4]), judged, alerts=2) == 0.5


def test_a_card_that_was_found_makes_room_on_later_days() -> None:
    judged = payments((14, 1, True), (15, 1, True), (15, 2, True), (15, 3, False))
    assert card_precision(np.array([0.9, 0.9, 0.5, 0.1]), judged, alerts=1) == 1.0
    missed = payments((14, 1, False), (15, 1, True), (15, 2, True), (15, 3, False))
    assert card_precision(np.array([0.9, 0.1, 0.5, 0.9]), missed, alerts=1) == 0.0


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_perfect_scores_find_as_many_cards_as_there_are(alerts: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    days, cards = np.sort(generator.integers(14, 21, 200)), generator.integers(0, 30, 200)
    judged = Payments(days, cards, generator.random(200) < 0.2)
    found: set[int] = set()
    shares = []
    for day in np.unique(days):
        defrauded = set(cards[(days == day) & judged.fraud].tolist()) - found
        caught = sorted(defrauded)[:alerts]
        found |= set(caught)
        shares.append(len(caught) / alerts)
    perfect = card_precision(judged.fraud.astype(float), judged, alerts)
    assert perfect == pytest.approx(np.mean(shares))
    assert card_precision(generator.random(200), judged, alerts) <= len(set(cards.tolist())) / alerts


def test_metrics_are_those_of_the_ranking() -> None:
    judged = payments((14, 1, True), (14, 2, False), (15, 3, True), (15, 4, False))
    told = assess(np.array([0.9, 0.2, 0.6, 0.7]), judged)
    assert told == pytest.approx({"auc_roc": 0.75, "average_precision": (1 + 2 / 3) / 2, "card_precision_100": 0.01})
    assert beside_book(BOOK) == pytest.approx(1.0)


Metrics = arrays(np.float64, (4, 5), elements=st.floats(0, 1))


@given(Metrics, Metrics)
def test_the_interval_turns_round_with_its_pair(ours: np.ndarray, theirs: np.ndarray) -> None:
    there, back = paired_difference(ours, theirs), paired_difference(theirs, ours)
    assert (there.mean, there.low, there.high) == pytest.approx((-back.mean, -back.high, -back.low))
    assert there.low <= there.mean <= there.high


@given(Metrics, st.integers(1, 6))
def test_more_seeds_of_the_same_say_nothing_new(ours: np.ndarray, times: int) -> None:
    once, often = (paired_difference(np.tile(ours, (1, count)), np.zeros((4, 5 * count))) for count in (1, times))
    assert (often.mean, often.low) == pytest.approx((once.mean, once.low))


def test_the_interval_is_student_s_over_folds() -> None:
    found = paired_difference(np.array([[0.01], [0.02], [0.03], [0.02]]), np.zeros((4, 1)))
    assert (found.mean, found.low) == pytest.approx((0.02, 0.02 - 3.18245 * 0.0081650 / 2), abs=1e-6)
