from __future__ import annotations

from typing import Any

import pytest

from contracts.decisions import load_policy
from contracts.models import fraud_model
from contracts.rules import find_rule
from contracts.rules.active import declared_rules
from serving.decisions.explain import explain, preferred_language, reasons
from serving.decisions.fallback import decide_alone
from tests.unit.serving.movement import NOW, movement

RULES = declared_rules()


def document(**changes: object) -> dict[str, Any]:
    told = decide_alone(movement(amount_minor=1000), {}, None, load_policy(), NOW)
    return {**told, "mode": "job", "feature_age_seconds": None, **changes}


def test_a_rule_is_told_to_the_analyst_and_in_their_language_to_the_customer() -> None:
    (reason,) = reasons(document(rules=["CA-VELOC-001"], outcome="review"), "fr", None, RULES)
    rule = find_rule("CA-VELOC-001")
    assert rule is not None
    assert (reason.analyst, reason.customer) == (rule.reason["en"], rule.reason["fr"])


def test_a_rule_that_informs_compliance_is_never_told_to_the_customer() -> None:
    (reason,) = reasons(document(rules=["CA-STRUCT-001"], outcome="review"), "en", None, RULES)
    assert reason.customer is None
    assert reason.analyst


def test_a_customer_who_may_go_on_is_told_nothing() -> None:
    (reason,) = reasons(document(rules=["CA-VELOC-001"], outcome="allow"), "en", None, RULES)
    assert reason.customer is None


def test_a_rule_of_an_earlier_pack_keeps_its_code() -> None:
    (reason,) = reasons(document(rules=["CA-OLD-001"], outcome="review"), "en", None, RULES)
    assert (reason.code, reason.customer) == ("CA-OLD-001", None)


def test_a_score_that_led_to_the_outcome_is_a_reason() -> None:
    (reason,) = reasons(document(score=0.9, model_version="gone", outcome="decline"), "es", None, RULES)
    assert (reason.source, reason.customer) == ("score", fraud_model().reason["es"])


def test_a_stored_fallback_explains_itself() -> None:
    told = decide_alone(movement(), {}, None, load_policy(), NOW)
    assert [reason.code for reason in reasons(told, "en", None, RULES)] == ["without_vector"]


def test_features_are_told_only_when_asked_for() -> None:
    assert explain(document(), "en", None, RULES).features is None
    assert explain(document(), "en", None, RULES, ["features"]).features is not None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("fr-CA,en;q=0.5", "fr"),
        ("en;q=0.2, es;q=0.9", "es"),
        ("de, fr;q=0", "en"),
        ("pt-BR;q=1, FR;q=0.1", "fr"),
        ("es;q=x", "en"),
        ("*", "en"),
    ],
)
def test_the_language_wanted_most_is_chosen(header: str, language: str) -> None:
    assert preferred_language(header) == language
