"""The behaviour declaration reads what was known on a day, and nothing that a loan's row says only now."""

from __future__ import annotations

import pytest

from contracts.errors import ConfigurationError
from contracts.models.behaviour import MEASURES, BehaviourModel, behaviour_model
from contracts.models.credit import micro_loan_model
from contracts.models.shapes import validated

MODEL = behaviour_model("micro_loan_behaviour")


def with_feature(**change: object) -> dict[str, object]:
    features = [feature.model_dump() for feature in MODEL.features]
    return {**MODEL.model_dump(), "features": [{**features[0], **change}, *features[1:]]}


def test_a_declaration_written_down_is_read_again() -> None:
    assert validated(BehaviourModel, MODEL.model_dump()) == MODEL


def test_every_column_is_measured_or_was_applied_with() -> None:
    assert set(MODEL.measures) == set(MEASURES)
    assert set(MODEL.granted) <= set(micro_loan_model().columns)
    assert set(MODEL.measures) | set(MODEL.granted) == set(MODEL.columns)


@pytest.mark.parametrize("column", ["status", "defaulted_at", "updated_at", "origin_country"])
def test_what_a_loans_row_says_only_now_is_refused(column: str) -> None:
    with pytest.raises(ConfigurationError, match=f"neither measured nor known when a loan is granted: {column}"):
        validated(BehaviourModel, with_feature(name=column))


def test_a_reason_in_one_language_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no reason in en, es and fr for days_past_due"):
        validated(BehaviourModel, with_feature(reason={"en": "Late."}))


@pytest.mark.parametrize(("name", "length"), [("recent", "36h"), ("outcome_window", "0d")])
def test_a_time_that_is_not_whole_days_is_refused(name: str, length: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be whole days"):
        validated(BehaviourModel, {**MODEL.model_dump(), name: length})


def test_its_probabilities_hold_for_as_long_as_those_that_loans_are_granted_by() -> None:
    assert MODEL.until_served == micro_loan_model().model
    assert MODEL.outcome_window == micro_loan_model().outcome_window
    assert (MODEL.app, MODEL.table, MODEL.jurisdiction) == (
        micro_loan_model().app,
        micro_loan_model().table,
        micro_loan_model().jurisdiction,
    )
