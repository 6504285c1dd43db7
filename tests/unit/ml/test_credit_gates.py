"""What must not be served is planted here, and its own gate stops it; the plain world passes every one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.credit.fairness import fairness_policy
from contracts.models.credit import micro_loan_model
from ml.champions import Champion
from ml.credit.run import Trained, train_card
from tests.unit.ml.applications import loans

MODEL = micro_loan_model()
HELD_OUT_FROM = 840  # of 1,200 loans


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_card(MODEL, loans(), groups=by_chance(loans()))


def by_chance(frame: pd.DataFrame) -> pd.DataFrame:
    """Two age bands that have nothing to do with the loan."""
    bands = np.random.default_rng(2).choice(["under 30", "30 and over"], len(frame))
    return pd.DataFrame({"age_band": bands}, index=frame.index)


def failed(trained: Trained) -> list[str]:
    return [condition.name for condition in trained.gate.conditions if not condition.holds]


def test_the_plain_world_passes(trained: Trained) -> None:
    assert failed(trained) == []
    assert "approval ratio by age_band" in [condition.name for condition in trained.gate.conditions]


def test_a_champion_trained_again_is_not_worse_than_itself(trained: Trained) -> None:
    again = train_card(MODEL, loans(), champion=Champion(trained.content))
    assert failed(again) == []
    assert again.metrics["auc_less_champion"] == 0


def test_a_worse_challenger_is_stopped(trained: Trained) -> None:
    generator = np.random.default_rng(6)
    taught = loans()
    for name in ("applied_bureau_score", "applied_existing_debt"):  # lost in training, as by a broken join
        taught.loc[taught.index[:HELD_OUT_FROM], name] = generator.permutation(taught[name].iloc[:HELD_OUT_FROM])
    worse = train_card(MODEL, taught, champion=Champion(trained.content))
    assert {"auc beside the champion", "upper end of the difference from the champion"} <= set(failed(worse))


def test_a_feature_that_knew_the_outcome_is_stopped() -> None:
    frame = loans()
    generator = np.random.default_rng(7)
    late = frame["status"].eq("defaulted") & (generator.random(len(frame)) < 0.97)
    leaking = frame.assign(applied_remittances_90d=np.where(late, 40, generator.integers(0, 9, len(frame))))
    assert "auc of applied_remittances_90d alone" in failed(train_card(MODEL, leaking))


def test_a_feature_that_is_missing_for_those_who_defaulted_is_stopped() -> None:
    frame = loans()
    leaking = frame.assign(applied_bureau_score=frame["applied_bureau_score"].where(frame["status"].eq("repaid")))
    assert "auc of applied_bureau_score alone" in failed(train_card(MODEL, leaking))


def test_a_shifted_population_is_stopped_and_the_table_names_the_column() -> None:
    frame = loans()
    later = frame.index[HELD_OUT_FROM:]
    frame.loc[later, "applied_bureau_score"] -= 120
    shifted = train_card(MODEL, frame)
    assert failed(shifted) == ["stability index of the score"]
    found = {name for name, one in shifted.verdict.stability.items() if one.shifted}
    assert found == {"score", "applied_bureau_score"}


def test_an_unfair_segment_is_stopped() -> None:
    frame = loans()
    generator = np.random.default_rng(8)
    country = generator.choice(["AA", "BB"], len(frame))
    poorer = frame.assign(applied_income=frame["applied_income"].where(country == "AA", frame["applied_income"] * 0.4))
    groups = pd.DataFrame({"origin_country": country}, index=frame.index)
    assert failed(train_card(MODEL, poorer, groups=groups)) == ["approval ratio by origin_country of BB"]


def test_a_group_too_small_to_judge_is_in_the_table_and_stops_nothing() -> None:
    frame = loans()
    poorest = frame.index[HELD_OUT_FROM:][frame["applied_income"].iloc[HELD_OUT_FROM:].argsort()[:20]]
    groups = pd.DataFrame({"origin_country": "AA"}, index=frame.index)
    groups.loc[poorest, "origin_country"] = "BB"
    trained = train_card(MODEL, frame, groups=groups)
    rows = {row.group: row for row in trained.verdict.fairness}
    assert rows["BB"].ratio < fairness_policy(MODEL.jurisdiction).minimum_approval_ratio
    assert failed(trained) == []


def test_no_model_reads_what_its_fairness_policy_compares() -> None:
    assert not set(MODEL.columns) & set(fairness_policy(MODEL.jurisdiction).attributes)
