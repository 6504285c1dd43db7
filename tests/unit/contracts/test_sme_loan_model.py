"""The declaration of loans to businesses: one list of models, columns that exist, and a policy for each jurisdiction."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from contracts.credit.fairness import FairnessPolicy, fairness_policy
from contracts.errors import ConfigurationError
from contracts.models import DIRECTORY, MODELS
from contracts.models.credit import CREDIT_MODELS, CreditModel, credit_model
from contracts.models.shapes import validated
from contracts.tables import find_table

MODEL = credit_model("sme_loan")


def document(**changes: object) -> dict[str, Any]:
    return {**MODEL.model_dump(), **changes}


def application(**changes: object) -> dict[str, object]:
    return {"table": "credit_applications", "moment": "submitted_at", "waiting": {"status": "submitted"}, **changes}


def applicant(**changes: object) -> dict[str, Any]:
    return {**MODEL.applicant.model_dump(), **changes}


def test_every_model_with_a_file_is_in_the_one_list() -> None:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in DIRECTORY.glob("*.yml")]
    assert {told["model"] for told in documents if "model" in told} == set(MODELS)
    assert [credit_model(name).model for name in CREDIT_MODELS] == list(CREDIT_MODELS)


def test_a_declaration_written_down_is_read_again() -> None:
    assert validated(CreditModel, document()) == MODEL


def test_no_feature_of_a_book_in_two_currencies_is_an_amount() -> None:
    units = {column.name: column.unit for column in find_table(MODEL.app, "credit_applications").columns}
    for feature in MODEL.features:
        first, *divisors = (units[name] for name in feature.columns)
        assert (first == "currency") == (divisors.count("currency") == 1), feature.name


def test_each_jurisdiction_of_the_loans_has_its_policy_for_businesses() -> None:
    assert MODEL.policies == {code: fairness_policy(code, "business") for code in ("US", "EU")}
    assert MODEL.policies["US"].attributes == ("owner_age_band",)
    assert "2023/2225" in MODEL.policies["EU"].nothing_compared


def test_a_policy_that_compares_nothing_says_why_and_no_other_does() -> None:
    us = fairness_policy("US", "business").model_dump()
    for broken in ({"attributes": ()}, {"nothing_compared": "nobody asked"}):
        with pytest.raises(ValueError, match="nothing_compared says why"):
            FairnessPolicy.model_validate({**us, **broken})


def test_businesses_have_no_policy_where_none_lends_to_them() -> None:
    with pytest.raises(ConfigurationError, match="jurisdiction 'CA' where a business applies"):
        fairness_policy("CA", "business")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"jurisdiction": "US"}, "either a jurisdiction or a jurisdiction_column"),
        ({"jurisdiction_column": ""}, "either a jurisdiction or a jurisdiction_column"),
        ({"jurisdiction_column": "currency"}, "nexafi.loans.currency does not declare its values"),
        ({"jurisdiction_column": "region"}, "nexafi.loans has no column region"),
        ({"application": None}, "nexafi.loans has no column applied_inflow_change_pct"),
        ({"application": application(waiting={"status": "new"})}, "status is never new"),
        ({"application": application(moment="applied_at")}, "nexafi.credit_applications has no column applied_at"),
        ({"asked": ["requested_amount", "rate"]}, "asked for, and no column of the model: rate"),
        ({"asked": []}, "asked"),
        ({"instalments": {"table": "documents"}}, "nexafi.documents has no column loan_id"),
        ({"instalments": {"table": "loan_repayments", "tax": "iva"}}, "nexafi.loan_repayments has no column iva"),
        ({"applicant": applicant(by=("owner_id",))}, "nexafi.loans has no column owner_id"),
        ({"applicant": applicant(where={"role": "boss"})}, "nexafi.users.role is never boss"),
        ({"applicant": applicant(first="joined_at")}, "nexafi.users has no column joined_at"),
        ({"applicant": applicant(first="")}, "by and first are given together"),
        ({"applicant": applicant(by=(), first="")}, "where chooses among people that by names"),
        ({"applicant": applicant(attributes={"owner_country": {"column": "country"}})}, "compares owner_age_band"),
        ({"applicant": applicant(attributes={"owner_age_band": {"column": "age"}})}, "nexafi.users has no column age"),
    ],
)
def test_a_declaration_that_nothing_can_be_read_by_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        validated(CreditModel, document(**changes))
