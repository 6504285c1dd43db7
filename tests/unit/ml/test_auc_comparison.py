"""The difference of two scores' AUC: the usual figure, and an interval that holds it as often as it says, rows alike or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from ml.governance.comparison import auc, auc_difference


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=60))
def test_the_auc_is_the_usual_one_with_ties_counting_half(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], dtype=float)
    default = np.array([default for _, default in rows])
    if 2 <= default.sum() <= len(default) - 2:
        assert auc(scores, default) == pytest.approx(roc_auc_score(default, scores), abs=1e-12)


def test_the_interval_of_a_difference_holds_the_true_one_about_as_often_as_stated() -> None:
    held = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        default = generator.random(300) < 0.3
        shared = default + generator.normal(0, 1, 300)  # both scores are as good as each other
        first, second = (shared + generator.normal(0, 0.5, 300) for _ in range(2))
        found = auc_difference(first, second, default, np.arange(300))
        held += found.low <= 0 <= found.high
    assert 0.92 < held / 400 < 0.98


def test_a_score_beside_itself_differs_by_nothing_and_surely() -> None:
    generator = np.random.default_rng(1)
    default = generator.random(200) < 0.3
    scores = generator.random(200)
    found = auc_difference(scores, scores, default, np.arange(200))
    assert (found.difference, found.low, found.high) == (0, 0, 0)


def test_a_row_that_is_told_again_and_again_tells_no_more() -> None:
    generator = np.random.default_rng(2)
    default = generator.random(120) < 0.3
    first, second = (default + generator.normal(0, 1, 120) for _ in range(2))
    once = auc_difference(first, second, default, np.arange(120))
    again = np.repeat(np.arange(120), 5)
    often = auc_difference(first[again], second[again], default[again], again)
    assert (often.difference, often.low, often.high) == pytest.approx((once.difference, once.low, once.high))


def test_the_interval_holds_the_true_difference_where_loans_are_observed_many_times() -> None:
    held = as_if_alone = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(100), 6)
        ever = generator.random(100) < 0.4
        last = np.tile(np.arange(6), 100) >= 2  # a loan that defaults was also observed before it was going to
        default = np.repeat(ever, 6) & last
        shared = default + np.repeat(generator.normal(0, 1, 100), 6)
        first, second = (
            shared + np.repeat(generator.normal(0, 0.5, 100), 6) + generator.normal(0, 0.2, 600) for _ in range(2)
        )
        found, naive = (auc_difference(first, second, default, one) for one in (clusters, np.arange(600)))
        held += found.low <= 0 <= found.high
        as_if_alone += naive.low <= 0 <= naive.high
    assert 0.92 < held / 400 < 0.98
    assert as_if_alone / 400 < 0.85
