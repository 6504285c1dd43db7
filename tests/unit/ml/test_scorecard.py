from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.errors import InvalidInputError
from contracts.models import micro_loan_model
from ml.champions import Champion
from ml.credit.assessment import as_taught
from ml.credit.dataset import build_dataset, feature_frame
from ml.credit.reasons import Loss, largest_losses
from ml.credit.run import Trained, train_card
from tests.unit.ml.applications import loans
from tests.unit.ml.hand_card import hand_card

MODEL = micro_loan_model()


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_card(MODEL, loans())


@pytest.fixture(scope="module")
def applicants() -> pd.DataFrame:
    frame = loans(count=300, seed=11)[list(MODEL.columns)].astype("float64")
    frame.iloc[0, :] = np.nan
    frame.loc[1, "applied_income"] = 0.0
    frame.loc[2, :] = 1e9
    frame.loc[3, :] = 0.0
    return frame


def outputs(trained: Trained, columns: pd.DataFrame) -> list[np.ndarray]:
    return Champion(trained.content).run(columns.to_numpy(), ("probabilities", "points", "score"))


def test_the_same_loans_give_the_same_bytes(trained: Trained) -> None:
    assert train_card(MODEL, loans()).content == trained.content


def test_the_points_of_the_features_add_up_to_the_log_odds(trained: Trained, applicants: pd.DataFrame) -> None:
    probabilities, points, score = outputs(trained, applicants)
    log_odds = np.log(probabilities[:, 0] / probabilities[:, 1])
    expected = [trained.card.log_odds(total) for total in points.sum(axis=1)]
    assert np.abs(log_odds - expected).max() <= 1e-9
    assert np.abs(points.sum(axis=1) - score[:, 0]).max() <= 1e-9


def test_six_hundred_points_are_odds_of_fifty_and_twenty_more_double_them(trained: Trained) -> None:
    assert math.exp(trained.card.log_odds(600)) == pytest.approx(50, abs=1e-9)
    assert math.exp(trained.card.log_odds(620)) == pytest.approx(100, abs=1e-9)


def test_the_graph_scores_as_the_card_does(trained: Trained, applicants: pd.DataFrame) -> None:
    features = feature_frame(applicants, MODEL)
    probabilities, _, score = outputs(trained, applicants)
    for row, (_, values) in enumerate(features.iterrows()):
        expected = trained.card.score(values.to_dict())
        assert score[row, 0] == pytest.approx(expected, abs=1e-9)
        assert probabilities[row, 1] == pytest.approx(trained.card.probability_of_default(expected), abs=1e-12)


def test_the_graph_agrees_with_optbinning(trained: Trained) -> None:
    assert trained.metrics["parity_gap"] <= 1e-9


def test_points_only_move_in_the_declared_direction(trained: Trained) -> None:
    declared = {feature.name: feature.trend for feature in MODEL.features}
    for feature in trained.card.features:
        points = [item.points for item in feature.bins]
        rising, falling = points == sorted(points), points == sorted(points, reverse=True)
        assert {"descending": rising, "ascending": falling}.get(declared[feature.name], rising or falling), feature.name


def test_a_challenger_that_cannot_tell_is_refused_by_the_gate() -> None:
    frame = loans()
    shuffled = frame.assign(status=frame["status"].sample(frac=1, random_state=1).to_numpy())
    gate = train_card(MODEL, shuffled).gate
    assert not gate.passed
    assert gate.failures()[0].startswith("auc is")


def test_a_loan_whose_fate_is_open_does_not_teach() -> None:
    frame = loans()
    frame.loc[::3, "status"] = "active"
    frame.loc[::3, "defaulted_at"] = pd.NaT
    present = max(frame["disbursed_at"].max(), frame["defaulted_at"].max())
    young = frame["disbursed_at"] > present - MODEL.outcome_window
    dataset = build_dataset(frame, MODEL)
    assert (young & frame["status"].eq("active")).sum() > 0
    expected = int((~young | frame["status"].ne("active")).sum())
    assert len(dataset.train) + len(dataset.test) == expected


def test_too_few_defaults_are_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match=r"diasporacore.loans.status: the train part holds 0 defaults"):
        build_dataset(loans().assign(status="repaid", defaulted_at=pd.NaT), MODEL)


def test_reasons_are_the_largest_losses_against_the_best_bin() -> None:
    points = {"income": 40.0, "debt": 70.0, "bureau": 20.0, "work": 79.9}
    best = {"income": 100.0, "debt": 80.0, "bureau": 90.0, "work": 80.0}
    assert largest_losses(points, best, 2) == [Loss("bureau", 70.0), Loss("income", 60.0)]
    assert [loss.feature for loss in largest_losses(points, best, 9)] == ["bureau", "income", "debt"]


def test_the_artefact_says_by_what_window_it_was_taught(trained: Trained) -> None:
    other = MODEL.outcome_window / 2
    assert as_taught(Champion(trained.content), "outcome_window", other) == MODEL.outcome_window
    assert as_taught(Champion(hand_card()), "outcome_window", other) == other  # it is older than they travel


def test_the_artefact_holds_points_order_and_best_points(trained: Trained) -> None:
    champion = Champion(trained.content)
    assert champion.features == MODEL.columns
    assert json.loads(champion.metadata["points_order"]) == [feature.name for feature in trained.card.features]
    assert set(json.loads(champion.metadata["best_points"])) == {feature.name for feature in trained.card.features}
