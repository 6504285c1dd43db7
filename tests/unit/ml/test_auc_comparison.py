from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from ml.governance.comparison import auc_difference, auc_interval


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=60))
def test_the_auc_is_the_usual_one_with_ties_counting_half(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], dtype=float)
    default = np.array([default for _, default in rows])
    if 2 <= default.sum() <= len(default) - 2:
        assert auc_interval(scores, default).difference == pytest.approx(roc_auc_score(default, scores), abs=1e-12)


def test_the_interval_of_a_difference_holds_the_true_one_about_as_often_as_stated() -> None:
    held = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        default = generator.random(300) < 0.3
        shared = default + generator.normal(0, 1, 300)  # both scores are as good as each other
        first, second = (shared + generator.normal(0, 0.5, 300) for _ in range(2))
        found = auc_difference(first, second, default)
        held += found.low <= 0 <= found.high
    assert 0.92 < held / 400 < 0.98


def test_a_score_beside_itself_differs_by_nothing_and_surely() -> None:
    generator = np.random.default_rng(1)
    default = generator.random(200) < 0.3
    scores = generator.random(200)
    found = auc_difference(scores, scores, default)
    assert (found.difference, found.low, found.high) == (0, 0, 0)
