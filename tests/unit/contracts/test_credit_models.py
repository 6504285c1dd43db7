"""Credit declarations: every reason has its code and its three languages, and candidates of the challenger differ."""

from __future__ import annotations

import pytest

from contracts.errors import ConfigurationError
from contracts.models.credit import CreditModel, booster_search, micro_loan_model
from contracts.models.shapes import validated

MODEL = micro_loan_model()


def document() -> dict[str, object]:
    return MODEL.model_dump()


def with_features(change: dict[str, object]) -> dict[str, object]:
    features = [feature.model_dump() for feature in MODEL.features]
    return {**document(), "features": [{**features[0], **change}, *features[1:]]}


def test_a_declaration_written_down_is_read_again() -> None:
    assert validated(CreditModel, document()) == MODEL


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": ""}, "a reason code of its own"),
        ({"code": MODEL.features[1].code}, "a reason code of its own"),
        ({"reason": {"en": "Low.", "es": "Bajo."}}, "no reason in en, es and fr for applied_income"),
        ({"kind": "ordered"}, "levels are given for ordered texts"),
        ({"levels": ("low", "high")}, "levels are given for ordered texts"),
        ({"kind": "category", "ratio": ("principal", "applied_income")}, "a ratio is a number"),
    ],
)
def test_a_broken_feature_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        validated(CreditModel, with_features(change))


def test_no_candidate_of_the_challenger_is_declared_twice() -> None:
    candidates = booster_search().candidates
    assert len({candidate.model_dump_json() for candidate in candidates}) == len(candidates)


def test_a_model_that_reads_what_its_policy_protects_is_refused() -> None:
    assert "origin_country" in MODEL.applicant.attributes
    with pytest.raises(ConfigurationError, match="reads what must not score: origin_country"):
        validated(CreditModel, with_features({"name": "origin_country"}))


def test_a_policy_that_compares_what_no_column_holds_is_refused() -> None:
    known = {name: one for name, one in MODEL.applicant.model_dump()["attributes"].items() if name != "age_band"}
    with pytest.raises(ConfigurationError, match="compares age_band, which no column holds"):
        validated(CreditModel, {**document(), "applicant": {"table": "users", "attributes": known}})
