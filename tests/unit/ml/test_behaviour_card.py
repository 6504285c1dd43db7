"""The behaviour card is a card like the other: gated, explained, repeatable, and it tells late loans from loans in order."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.models.behaviour import behaviour_model
from ml.champions import Champion
from ml.credit.behaviour_dataset import Observations
from ml.credit.behaviour_run import train_behaviour
from ml.credit.run import Trained, card_parameters, card_provenance
from ml.governance.reference import Reference
from tests.unit.ml.observed_loans import observations

MODEL = behaviour_model("micro_loan_behaviour")
OBSERVED = observations()


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_behaviour(MODEL, OBSERVED)


def failed(trained: Trained) -> list[str]:
    return [condition.name for condition in trained.gate.conditions if not condition.holds]


def probability(trained: Trained, **changes: float) -> float:
    """Of a loan in its fourth month that paid everything in time."""
    in_order: dict[str, float | None] = {
        **dict.fromkeys(MODEL.columns, 0.0),
        "instalments_due": 3.0,
        "instalments_paid": 3.0,
        "instalments_agreed": 9.0,
        "months_on_book": 3.0,
        "principal": 2000.0,
        "principal_owed": 1333.0,
        "applied_income": 3000.0,
        "applied_existing_debt": 2500.0,
        "applied_bureau_score": 650.0,
        "applied_employment_months": 50.0,
    }
    return Champion(trained.content).probability({**in_order, **changes})


def test_the_plain_world_passes_its_gate(trained: Trained) -> None:
    assert failed(trained) == []
    assert trained.metrics["auc"] > MODEL.gate.minimum_auc


def test_the_same_observations_give_the_same_bytes_under_the_models_own_name(trained: Trained) -> None:
    assert train_behaviour(MODEL, OBSERVED).content == trained.content
    assert trained.version.startswith("micro_loan_behaviour-")
    assert Champion(trained.content).features == MODEL.columns


def test_a_loan_that_is_far_behind_is_a_larger_risk_than_one_in_order(trained: Trained) -> None:
    late = dict.fromkeys(("days_past_due", "worst_days_past_due", "recent_days_past_due", "days_late"), 65.0)
    behind = probability(trained, **late, instalments_late=1.0, instalments_paid=1.0)
    assert behind > 3 * probability(trained)
    assert behind > 0.5


def test_probabilities_are_what_they_say_on_held_out_time(trained: Trained) -> None:
    assert trained.metrics["mean_probability"] == pytest.approx(trained.metrics["default_rate"], abs=0.05)


def test_its_rows_are_observations_and_its_intervals_draw_whole_borrowers(trained: Trained) -> None:
    rows = OBSERVED.rows
    assert trained.metrics["observations"] == len(trained.dataset.test)
    alone = train_behaviour(MODEL, Observations(rows.assign(borrower=rows.index.astype(str)), OBSERVED.present))
    assert alone.metrics["auc"] == trained.metrics["auc"]
    for name in ("auc", "booster_auc_less_card"):
        wide, narrow = (one.metrics[f"{name}_high"] - one.metrics[f"{name}_low"] for one in (trained, alone))
        assert wide > narrow, name


def test_no_fairness_policy_judges_it_and_nobody_is_compared(trained: Trained) -> None:
    assert MODEL.policies == {}
    assert trained.verdict.fairness == ()
    assert not [name for name in trained.verdict.gate.conditions if name.name.startswith("approval ratio")]


def test_reasons_are_told_of_loans_that_are_likely_to_default(trained: Trained) -> None:
    assert set(trained.reasons.earlier) <= {feature.code for feature in MODEL.features}
    assert sum(trained.reasons.earlier.values()) == pytest.approx(1)


def test_the_reference_is_of_all_observations_up_to_the_last(trained: Trained) -> None:
    reference = Reference.of(Champion(trained.content))
    assert reference is not None
    assert reference.until == OBSERVED.rows["observed_at"].max()
    assert all(column.counts.sum() == len(OBSERVED.rows) for column in reference.columns.values())


def test_a_champion_trained_again_is_not_worse_than_itself_and_one_that_forgot_the_payments_is_stopped(
    trained: Trained,
) -> None:
    champion = Champion(trained.content)
    assert failed(train_behaviour(MODEL, OBSERVED, champion=champion)) == []
    generator = np.random.default_rng(1)
    early = OBSERVED.rows["observed_at"] < trained.dataset.test_from
    blind = OBSERVED.rows.copy()
    for name in MODEL.measures:
        blind.loc[early, name] = generator.permutation(blind.loc[early, name].to_numpy())
    worse = train_behaviour(MODEL, Observations(blind, OBSERVED.present), champion=champion)
    assert "upper end of the difference from the champion" in failed(worse)


def test_a_run_says_what_it_was_made_from_and_how() -> None:
    tags = card_provenance(MODEL, {"silver.diasporacore__loans": "7"}).origin()
    assert tags["model"] == "micro_loan_behaviour"
    assert tags["features.micro_loan_behaviour"] == str(MODEL.version)
    assert tags["snapshot.silver.diasporacore__loans"] == "7"
    assert card_parameters(MODEL)["test_from"] == MODEL.training.test_from
