from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from contracts.models.credit import BoosterSearch, booster_search
from ml.credit.attribution import contributions
from ml.credit.challenger import Challenger, fit_challenger
from tests.unit.ml.applications import applicants, design

FEATURES, DEFAULT = applicants()
DEBTS = st.floats(-1e6, 1e6)


def search() -> BoosterSearch:
    declared = booster_search()
    few = [candidate.model_copy(update={"rounds": 40}) for candidate in declared.candidates]
    return declared.model_copy(update={"bag": 2, "candidates": tuple(few)})


@pytest.fixture(scope="module")
def fitted() -> Challenger:
    return fit_challenger(FEATURES, DEFAULT, design(), search())


@given(low=DEBTS, high=DEBTS, band=st.sampled_from(["low", "middle", "high"]), trade=st.sampled_from(["baker", "new"]))
@settings(max_examples=60, deadline=None)
def test_more_debt_never_lowers_the_probability_nor_does_a_higher_band_raise_it(
    fitted: Challenger, low: float, high: float, band: str, trade: str
) -> None:
    debts = sorted((low, high))
    rows = pd.DataFrame([(debt, band, trade) for debt in debts], columns=["debt", "band", "trade"])
    less, more = fitted.probabilities(rows)
    assert less <= more
    bands = pd.DataFrame([(low, name, trade) for name in ("low", "middle", "high")], columns=["debt", "band", "trade"])
    assert list(fitted.probabilities(bands)) == sorted(fitted.probabilities(bands), reverse=True)


def test_the_same_rows_give_the_same_trees(fitted: Challenger) -> None:
    again = fit_challenger(FEATURES, DEFAULT, design(), search())
    texts = [[booster.model_to_string() for booster in one.grown.boosters] for one in (fitted, again)]
    assert texts[0] == texts[1]
    assert (fitted.slope, fitted.intercept) == (again.slope, again.intercept)


def test_probabilities_of_unseen_applicants_tell_and_are_calibrated(fitted: Challenger) -> None:
    unseen, default = applicants(count=4000, seed=9)
    found = fitted.probabilities(unseen)
    assert roc_auc_score(default, found) > 0.70
    assert found.mean() == pytest.approx(default.mean(), abs=0.04)


@given(
    debt=st.one_of(st.none(), DEBTS),
    band=st.sampled_from([None, "low", "high", "other"]),
    trade=st.one_of(st.none(), st.sampled_from(["baker", "smith"]), st.text(max_size=4)),
)
@settings(max_examples=60, deadline=None)
def test_what_the_features_add_is_the_log_odds(
    fitted: Challenger, debt: float | None, band: str | None, trade: str | None
) -> None:
    row = pd.DataFrame([(debt, band, trade)], columns=["debt", "band", "trade"]).astype({"debt": "float64"})
    (probability,) = fitted.probabilities(row)
    logit = np.log(probability / (1 - probability))
    assert contributions(fitted, row).to_numpy().sum() == pytest.approx(logit, abs=1e-9)


def test_a_riskier_trade_adds_more(fitted: Challenger) -> None:
    rows = pd.DataFrame({"debt": 2.0, "band": "middle", "trade": ["baker", "tailor"]})
    added = contributions(fitted, rows)["trade"]
    assert added.iloc[0] < 0 < added.iloc[1]
