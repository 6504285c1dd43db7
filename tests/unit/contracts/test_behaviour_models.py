"""Behaviour declarations read what was known on a day, and nothing that a loan's row says only now."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import ConfigurationError
from contracts.models.behaviour import AGREED, MEASURES, BehaviourModel, behaviour_model, behaviour_of
from contracts.models.credit import BEHAVIOUR_MODELS, CREDIT_MODELS
from contracts.models.shapes import validated
from contracts.tables import find_table

# Measures are counts, days and months, but for this one.
AMOUNT = "principal_owed"


@pytest.fixture(params=BEHAVIOUR_MODELS)
def model(request: pytest.FixtureRequest) -> BehaviourModel:
    return behaviour_model(request.param)


def with_feature(model: BehaviourModel, **change: object) -> dict[str, object]:
    features = [feature.model_dump() for feature in model.features]
    return {**model.model_dump(), "features": [{**features[0], **change}, *features[1:]]}


def test_the_loans_of_every_application_model_have_one() -> None:
    assert [one.until_served for one in map(behaviour_model, BEHAVIOUR_MODELS)] == list(CREDIT_MODELS)
    assert [behaviour_of(name) for name in CREDIT_MODELS] == [behaviour_model(name) for name in BEHAVIOUR_MODELS]


def test_a_declaration_written_down_is_read_again(model: BehaviourModel) -> None:
    assert validated(BehaviourModel, model.model_dump()) == model


def test_every_column_is_measured_or_was_known_at_grant(model: BehaviourModel) -> None:
    assert set(model.measures) <= set(MEASURES)
    assert set(model.granted) <= {*model.granted_by.columns, *AGREED}
    assert set(model.measures) | set(model.granted) == set(model.columns)


def test_every_measure_is_read_by_one_of_them() -> None:
    assert {name for model in BEHAVIOUR_MODELS for name in behaviour_model(model).measures} == set(MEASURES)


@pytest.mark.parametrize("column", ["status", "defaulted_at", "updated_at", "origin_country"])
def test_what_a_loans_row_says_only_now_is_refused(model: BehaviourModel, column: str) -> None:
    with pytest.raises(ConfigurationError, match=f"neither measured nor known when a loan is granted: {column}"):
        validated(BehaviourModel, with_feature(model, name=column))


def test_a_reason_in_one_language_is_refused(model: BehaviourModel) -> None:
    with pytest.raises(ConfigurationError, match="no reason in en, es and fr for days_past_due"):
        validated(BehaviourModel, with_feature(model, reason={"en": "Late."}))


@pytest.mark.parametrize(("name", "length"), [("recent", "36h"), ("outcome_window", "0d")])
def test_a_time_that_is_not_whole_days_is_refused(model: BehaviourModel, name: str, length: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be whole days"):
        validated(BehaviourModel, {**model.model_dump(), name: length})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"app": "stsa"}, "app is stsa, and"),
        ({"table": "users"}, "table is users, and loans for"),
        ({"jurisdiction": "FR", "jurisdiction_column": ""}, "jurisdiction is FR, and"),
        ({"jurisdiction": "", "jurisdiction_column": "currency"}, "and .* for"),
    ],
)
def test_other_loans_than_those_that_the_application_model_grants_are_refused(
    model: BehaviourModel, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        validated(BehaviourModel, _document(model, **changes))


def test_no_feature_of_a_book_in_several_currencies_is_an_amount() -> None:
    several = [one for one in map(behaviour_model, BEHAVIOUR_MODELS) if len(one.granted_by.jurisdictions) > 1]
    assert several
    for model in several:
        amounts = {AMOUNT, *_amounts(model, model.table), *_amounts(model, model.granted_by.applied_in)}
        for feature in model.features:
            first, *divisors = (name in amounts for name in feature.columns)
            assert first == (divisors.count(True) == 1), feature.name


def _amounts(model: BehaviourModel, table: str) -> set[str]:
    return {column.name for column in find_table(model.app, table).columns if column.unit == "currency"}


def test_no_window_is_longer_than_at_grant_and_with_history_enough_it_is_the_same(model: BehaviourModel) -> None:
    assert model.outcome_window <= model.granted_by.outcome_window
    if model.held_out == "later":
        assert model.outcome_window == model.granted_by.outcome_window


def test_a_default_is_asked_for_of_every_column_of_weights_that_few_loans_pay_for(model: BehaviourModel) -> None:
    """Whoever holds out borrowers has little history, and at least five defaults for each feature to learn from."""
    if model.held_out == "borrowers":
        assert model.training.minimum_defaults >= 5 * len(model.features)


def _document(model: BehaviourModel, **changes: object) -> dict[str, Any]:
    return {**model.model_dump(), **changes}


def test_nobody_else_is_held_out_than_is_declared(model: BehaviourModel) -> None:
    with pytest.raises(ConfigurationError, match="held_out"):
        validated(BehaviourModel, _document(model, held_out="nobody"))
