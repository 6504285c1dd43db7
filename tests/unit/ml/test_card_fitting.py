from __future__ import annotations

import math

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.credit.card_fitting import FittedCard, fit_card
from tests.unit.ml.applications import applicants, design

FEATURES, DEFAULT = applicants()

_DEBTS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=64))
_BANDS = st.sampled_from([None, "low", "middle", "high", "never heard of"])
_TRADES = st.one_of(st.none(), st.sampled_from(["baker", "driver", "smith", "tailor"]), st.text(max_size=5))
_ROWS = st.lists(st.tuples(_DEBTS, _BANDS, _TRADES), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def fitted() -> FittedCard:
    return fit_card(FEATURES, DEFAULT, design())


@given(rows=_ROWS)
@settings(max_examples=60, deadline=None)
def test_the_points_of_any_applicant_add_up_to_the_logit(
    fitted: FittedCard, rows: list[tuple[float | None, str | None, str | None]]
) -> None:
    frame = pd.DataFrame(rows, columns=["debt", "band", "trade"]).astype({"debt": "float64"})
    encoded = fitted.encoding.apply(frame)
    names = [feature.name for feature in fitted.card.features]
    evidence = fitted.optbinning.binning_process_.transform(encoded[names], metric="woe", metric_missing="empirical")
    logit = -fitted.optbinning.estimator_.decision_function(evidence)
    totals = [fitted.card.score(values) for values in encoded.to_dict("records")]
    assert [fitted.card.log_odds(total) for total in totals] == pytest.approx(logit, abs=1e-9)
    wanted = [fitted.card.probability_of_default(total) for total in totals]
    assert fitted.probabilities(frame) == pytest.approx(wanted, abs=1e-12)


def test_every_declared_direction_is_kept_by_the_points(fitted: FittedCard) -> None:
    points = {feature.name: [item.points for item in feature.bins] for feature in fitted.card.features}
    assert set(points) == {"debt", "band", "trade"}
    assert points["debt"] == sorted(points["debt"], reverse=True)
    assert points["band"] == sorted(points["band"])
    assert points["trade"] == sorted(points["trade"], reverse=True)


def test_points_to_double_the_odds_are_the_declared_ones(fitted: FittedCard) -> None:
    assert math.exp(fitted.card.log_odds(620) - fitted.card.log_odds(600)) == pytest.approx(2, abs=1e-12)


def test_the_choice_of_a_penalty_does_not_hang_on_the_order_of_the_candidates() -> None:
    candidates = [0.0003, 1.0]
    chosen = {
        fit_card(FEATURES, DEFAULT, design(inverse_penalties=order)).inverse_penalty
        for order in (candidates, candidates[::-1])
    }
    assert len(chosen) == 1
    assert chosen < set(candidates)


def test_a_feature_whose_weight_turns_against_its_bins_is_left_out() -> None:
    generator = np.random.default_rng(1)
    debt = generator.normal(0, 1, 2000)
    band = np.where(debt + generator.normal(0, 0.3, 2000) > 0, "low", "high")
    strain = 2 * debt - 1.5 * (band == "low")  # given the debt, the low band is the better one
    default = generator.random(2000) < 1 / (1 + np.exp(1 - strain))
    frame = pd.DataFrame({"debt": debt, "band": band, "trade": "baker"})
    assert [feature.name for feature in fit_card(frame, default, design()).card.features] == ["debt"]
