"""Each behaviour card is a card like the others: gated, explained, repeatable, and it tells late loans from loans in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BEHAVIOUR_MODELS
from ml.champions import Champion
from ml.credit.behaviour_dataset import Observations
from ml.credit.behaviour_run import behaviour_limits, train_behaviour
from ml.credit.run import Trained, card_parameters, card_provenance, held_out_facts
from ml.governance.reference import Reference
from tests.unit.ml.observed_loans import observations


@dataclass(frozen=True)
class Made:
    """A model, what it was taught and judged by, and what came of it."""

    model: BehaviourModel
    observed: Observations
    trained: Trained


@pytest.fixture(scope="module", params=BEHAVIOUR_MODELS)
def made(request: pytest.FixtureRequest) -> Made:
    model, observed = behaviour_model(request.param), observations(request.param, count=2500)
    return Made(model, observed, train_behaviour(model, observed))


def failed(trained: Trained) -> list[str]:
    return [condition.name for condition in trained.gate.conditions if not condition.holds]


def probability(made: Made, **changes: float) -> float:
    """Of a loan in its fourth month that paid everything in time, and whose borrower is as most are."""
    usual = made.observed.rows[list(made.model.granted)].median().to_dict()
    paid = {"instalments_due": 3.0, "instalments_paid": 3.0, "instalments_agreed": 9.0, "months_on_book": 3.0}
    in_order = {**dict.fromkeys(made.model.measures, 0.0), **usual, **paid, "principal_owed": 1333.0, **changes}
    return Champion(made.trained.content).probability({name: in_order[name] for name in made.model.columns})


def test_the_plain_world_passes_its_gate(made: Made) -> None:
    assert failed(made.trained) == []
    assert made.trained.metrics["auc"] > made.model.gate.minimum_auc


def test_the_same_observations_give_the_same_bytes_under_the_models_own_name(made: Made) -> None:
    assert train_behaviour(made.model, made.observed).content == made.trained.content
    assert made.trained.version.startswith(f"{made.model.model}-")
    assert Champion(made.trained.content).features == made.model.columns


def test_a_loan_that_is_far_behind_is_a_larger_risk_than_one_in_order(made: Made) -> None:
    late = dict.fromkeys(("days_past_due", "worst_days_past_due", "recent_days_past_due", "days_late"), 65.0)
    behind = probability(made, **late, instalments_late=1.0, instalments_paid=1.0)
    assert behind > 3 * probability(made)
    assert behind > 0.5


def test_probabilities_are_what_they_say_on_what_was_held_out(made: Made) -> None:
    metrics = made.trained.metrics
    assert metrics["mean_probability"] == pytest.approx(metrics["default_rate"], abs=0.05)


def test_its_rows_are_observations_and_its_intervals_draw_whole_borrowers() -> None:
    model, observed = behaviour_model("micro_loan_behaviour"), observations()
    trained, rows = train_behaviour(model, observed), observed.rows
    assert trained.metrics["observations"] == len(trained.dataset.test)
    alone = train_behaviour(model, Observations(rows.assign(borrower=rows.index.astype(str)), observed.present))
    assert alone.metrics["auc"] == trained.metrics["auc"]
    for name in ("auc", "booster_auc_less_card"):
        wide, narrow = (one.metrics[f"{name}_high"] - one.metrics[f"{name}_low"] for one in (trained, alone))
        assert wide > narrow, name


def test_no_fairness_policy_judges_it_and_nobody_is_compared(made: Made) -> None:
    assert made.model.policies == {}
    assert made.trained.verdict.fairness == ()
    assert not [one.name for one in made.trained.gate.conditions if one.name.startswith("approval ratio")]


def test_reasons_are_told_of_loans_that_are_likely_to_default(made: Made) -> None:
    reasons = made.trained.reasons.earlier
    assert set(reasons) <= {feature.code for feature in made.model.features}
    assert sum(reasons.values()) == pytest.approx(1)


def test_the_reference_is_of_all_observations_up_to_the_last(made: Made) -> None:
    reference = Reference.of(Champion(made.trained.content))
    assert reference is not None
    assert reference.until == made.observed.rows["observed_at"].max()
    assert all(column.counts.sum() == len(made.observed.rows) for column in reference.columns.values())


def test_a_champion_trained_again_is_not_worse_than_itself_and_one_that_forgot_the_payments_is_stopped(
    made: Made,
) -> None:
    champion, rows = Champion(made.trained.content), made.observed.rows
    assert failed(train_behaviour(made.model, made.observed, champion=champion)) == []
    generator = np.random.default_rng(1)
    taught = ~rows.index.isin(made.trained.dataset.test.index)
    blind = rows.copy()
    for name in made.model.measures:
        blind.loc[taught, name] = generator.permutation(blind.loc[taught, name].to_numpy())
    worse = train_behaviour(made.model, Observations(blind, made.observed.present), champion=champion)
    assert "upper end of the difference from the champion" in failed(worse)


def test_a_run_says_what_it_was_made_from_and_how(made: Made) -> None:
    model = made.model
    tags = card_provenance(model, {f"silver.{model.app}__loans": "7"}).origin()
    assert tags["model"] == model.model
    assert tags[f"features.{model.model}"] == str(model.version)
    assert tags[f"snapshot.silver.{model.app}__loans"] == "7"
    assert card_parameters(model)["test_from"] == model.training.test_from


def test_no_day_is_told_from_which_on_it_was_judged_where_borrowers_of_all_days_were_held_out(made: Made) -> None:
    told = held_out_facts(made.trained.dataset, made.model)
    if made.model.held_out == "later":
        assert told == {"test from": str(made.trained.dataset.test_from)}
    else:
        assert told == {"held out": "30% of borrowers"}


def test_its_card_says_whom_it_was_judged_by(made: Made) -> None:
    told = behaviour_limits(made.model)[-1]
    assert ("other borrowers" in told) == (made.model.held_out == "borrowers")
    assert ("later than every outcome" in told) == (made.model.held_out == "later")
