"""The headline figures are the usual ones, and their intervals hold the truth as often as they say where accounts differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    brier_score_loss,
    roc_auc_score,
    roc_curve,
)

from ml.governance.performance import performance

Numbers = npt.NDArray[np.float64]


def clustered(accounts: int, seed: int, size: int = 20) -> tuple[Numbers, npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Accounts of equal size that differ in how risky they are and in how well the score sees it."""
    generator = np.random.default_rng(seed)
    account = np.repeat(np.arange(accounts), size)
    risk, seen = generator.normal(-1, 1, accounts)[account], generator.normal(0, 1, accounts)[account]
    outcome = generator.random(len(account)) < 1 / (1 + np.exp(-risk))
    return 1 / (1 + np.exp(-(risk + seen))), outcome, account


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=60))
def test_each_figure_is_the_usual_one_with_equal_scores_sharing_their_fate(rows: list[tuple[int, bool]]) -> None:
    scores, outcome = np.array([score / 10 for score, _ in rows]), np.array([event for _, event in rows])
    if not 0 < outcome.sum() < len(outcome):
        return
    found = performance(scores, outcome, np.arange(len(rows))).found
    wrong, hits, _ = roc_curve(outcome, scores)
    assert found["auc"] == pytest.approx(roc_auc_score(outcome, scores), abs=1e-12)
    assert found["gini"] == pytest.approx(2 * found["auc"] - 1)
    assert found["average_precision"] == pytest.approx(average_precision_score(outcome, scores), abs=1e-12)
    assert found["brier"] == pytest.approx(brier_score_loss(outcome, scores), abs=1e-12)
    assert found["kolmogorov_smirnov"] == pytest.approx(np.abs(hits - wrong).max(), abs=1e-12)


def test_the_budget_takes_the_highest_scores_and_no_part_of_equal_ones() -> None:
    scores = np.array([0.9, 0.8, 0.8, 0.7, *np.full(16, 0.1)])
    outcome = np.array([True, True, False, True, *np.zeros(16, dtype=bool)])
    whose = np.arange(20)
    assert performance(scores, outcome, whose, 0.10).found["precision_at_budget"] == 1.0
    within = performance(scores, outcome, whose, 0.20).found
    assert (within["precision_at_budget"], within["recall_at_budget"]) == (0.75, 1.0)
    assert performance(scores, outcome, whose, 0.0).found["precision_at_budget"] == 1.0


def test_the_interval_holds_the_true_auc_about_as_often_as_stated_although_accounts_are_alike_within() -> None:
    true = performance(*clustered(20_000, 1)).found["auc"]
    held = {True: 0, False: 0}
    for seed in range(100):
        scores, outcome, account = clustered(60, 1000 + seed)
        for by_account in (True, False):
            told = performance(scores, outcome, account if by_account else np.arange(len(account))).metrics()
            held[by_account] += told["auc_low"] <= true <= told["auc_high"]
    assert held[True] >= 88
    assert held[False] < 75  # as if every movement were somebody else's


def test_a_difference_is_less_noisy_than_either_score() -> None:
    scores, outcome, account = clustered(100, 3)
    own = performance(scores, outcome, account)
    near = performance(scores + 0.01 * np.sin(np.arange(len(scores))), outcome, account)
    delta = near.less(own).metrics()
    assert delta["auc_delta_low"] <= delta["auc_delta"] <= delta["auc_delta_high"]
    width = delta["auc_delta_high"] - delta["auc_delta_low"]
    assert width < 0.5 * (own.metrics()["auc_high"] - own.metrics()["auc_low"])


def test_the_same_rows_have_the_same_interval_whatever_their_accounts_are_called() -> None:
    scores, outcome, account = clustered(30, 4)
    assert performance(scores, outcome, account).metrics() == performance(scores, outcome, 7 * account + 3).metrics()


def test_where_all_fared_alike_there_is_no_figure_and_no_error() -> None:
    scores = np.linspace(0.1, 0.9, 10)
    found = performance(scores, np.zeros(10, dtype=np.bool_), np.arange(10))
    assert np.isnan(found.found["auc"])
    assert np.isnan(found.spread("auc"))
    assert found.found["brier"] == pytest.approx((scores**2).mean())
