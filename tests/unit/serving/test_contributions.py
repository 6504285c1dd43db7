"""A score explains itself: exact contributions, and the declared reasons that they add up to, in the words of each reader."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from contracts.decisions import load_policy
from contracts.features import feature_names
from contracts.models import fraud_model
from contracts.rules import Language
from contracts.rules.active import declared_rules
from ml.champions import Champion
from serving.decisions.contributions import in_words, take_apart
from serving.decisions.explain import explain, reasons
from serving.decisions.fallback import decide_alone
from tests.small_champion import small_champion, world
from tests.unit.serving.movement import NOW, movement

RULES = declared_rules()


@pytest.fixture(scope="module")
def champion() -> Champion:
    return Champion(small_champion())


@pytest.fixture(scope="module")
def rows() -> list[dict[str, float | None]]:
    names = fraud_model().inputs
    return [
        {name: None if math.isnan(value) else float(value) for name, value in zip(names, row, strict=True)}
        for row in world(300, seed=8)
    ]


def document(champion: Champion, features: dict[str, float | None], **changes: object) -> dict[str, Any]:
    told = decide_alone(movement(amount_minor=1000), {}, None, load_policy(), NOW)
    told |= {"mode": "job", "feature_age_seconds": None, "features": features, "model_version": champion.version}
    return {**told, "score": champion.probability(features), "outcome": "review", **changes}


@pytest.fixture(scope="module")
def suspicious(champion: Champion, rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    return max(rows, key=champion.probability)


def test_base_and_contributions_add_up_to_the_log_odds_of_the_score(
    champion: Champion, rows: list[dict[str, float | None]]
) -> None:
    for row in rows:
        told = explain(document(champion, row), "en", champion, RULES, ["contributions"])
        found = told.explanation
        assert found is not None
        assert abs(found.base_log_odds + sum(one.log_odds for one in found.contributions) - found.log_odds) < 1e-6
        assert told.score is not None
        assert abs(1 / (1 + math.exp(-found.log_odds)) - told.score) < 1e-6
        assert {one.feature for one in found.contributions} == set(champion.features)
        sizes = [abs(one.log_odds) for one in found.contributions]
        assert sizes == sorted(sizes, reverse=True)


def test_contributions_are_told_only_when_asked_for(champion: Champion, suspicious: dict[str, float | None]) -> None:
    assert explain(document(champion, suspicious), "en", champion, RULES).explanation is None


def test_without_the_model_that_decided_there_is_no_explanation(
    champion: Champion, suspicious: dict[str, float | None]
) -> None:
    assert explain(document(champion, suspicious), "en", None, RULES, ["contributions"]).explanation is None


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_reasons_are_the_groups_that_spoke_most_for_fraud(
    champion: Champion, suspicious: dict[str, float | None], language: Language
) -> None:
    general, *single = reasons(document(champion, suspicious), language, champion, RULES)
    declared = fraud_model()
    assert (general.code, general.customer) == ("fraud_score", declared.reason[language])
    apart = take_apart(suspicious, champion)
    assert apart is not None
    sums = {
        group.code: sum(one.log_odds for one in apart.contributions if one.reason == group.code)
        for group in declared.reasons.groups
    }
    strongest = sorted((code for code in sums if sums[code] > 0), key=lambda code: -sums[code])[: declared.reasons.most]
    assert strongest
    assert [one.code for one in single] == [f"fraud_score.{code}" for code in strongest]
    texts = {group.code: group.customer[language] for group in declared.reasons.groups}
    assert [one.customer for one in single] == [texts[code] for code in strongest]


def test_the_analyst_reads_values_with_their_units(champion: Champion, suspicious: dict[str, float | None]) -> None:
    told = reasons(document(champion, suspicious), "en", champion, RULES)
    (amount,) = [one for one in told if one.code == "fraud_score.amount"]
    value = suspicious["transaction__amount_usd_minor"]
    assert value is not None
    assert f"Amount in US cents: USD {value / 100:,.2f} (+" in amount.analyst


def test_a_score_below_the_threshold_is_no_reason(champion: Champion, rows: list[dict[str, float | None]]) -> None:
    harmless = min(rows, key=champion.probability)
    assert reasons(document(champion, harmless, outcome="allow"), "en", champion, RULES) == []


def test_every_declared_feature_belongs_to_a_reason() -> None:
    assert [name for name in feature_names() if fraud_model().reasons.group_of(name) is None] == []


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "usd_minor", "unknown"),
        (125_050.0, "usd_minor", "USD 1,250.50"),
        (1.0, "flag", "yes"),
        (0.0, "flag", "no"),
        (7.0, "hour", "7:00 UTC"),
        (0.0, "day", "Monday"),
        (45.0, "seconds", "45 s"),
        (5400.0, "seconds", "1.5 h"),
        (172_800.0, "seconds", "2 d"),
        (3.0, "count", "3"),
        (100.0, "count", "100"),
        (0.125, "ratio", "0.125"),
        (float(np.float32(2.5)), "ratio", "2.5"),
    ],
)
def test_a_value_reads_as_its_unit_says(value: float | None, unit: str, words: str) -> None:
    assert in_words(value, unit) == words
