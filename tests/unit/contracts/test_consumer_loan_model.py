"""The declaration of consumer loans: whose loans they are, the report that was decided with, and what nobody knows of borrowers."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.credit.offers import load_offers
from contracts.errors import ConfigurationError
from contracts.lending.pricing import load_pricing
from contracts.models.application import Application
from contracts.models.credit import CreditModel, credit_model
from contracts.models.inventory import model_inventory
from contracts.models.shapes import validated
from contracts.tables import find_table

MODEL = credit_model("consumer_loan")
FEATURES = [feature.model_dump() for feature in MODEL.features]
REPORT = MODEL.application.report.columns if MODEL.application and MODEL.application.report else {}
INFORMAL = {"applied_informal": {"applied_employment": "informal"}}


def document(**changes: object) -> dict[str, Any]:
    return {**MODEL.model_dump(), **changes}


def applied(**changes: object) -> dict[str, Any]:
    return {"application": {**document()["application"], **changes}}


def reported(**changes: object) -> dict[str, Any]:
    return applied(report={**document()["application"]["report"], **changes})


def person(**changes: object) -> dict[str, Any]:
    return {"applicant": {**document()["applicant"], **changes}}


def product(**changes: object) -> dict[str, Any]:
    return {"product": {**document()["product"], **changes}}


def without(code: str) -> dict[str, Any]:
    return {"features": [feature for feature in FEATURES if feature["code"] != code]}


def test_a_declaration_written_down_is_read_again() -> None:
    assert validated(CreditModel, document()) == MODEL


def test_every_kind_of_product_is_a_consumers_but_that_of_a_business() -> None:
    assert MODEL.product is not None
    (kind,) = [column for column in find_table("raisket", "products").columns if column.name == "kind"]
    assert set(kind.values) - {"business"} == set(MODEL.product.where["kind"])


def test_ages_are_compared_and_why_origins_are_not_is_said() -> None:
    (policy,) = MODEL.policies.values()
    assert set(policy.attributes) == {"age_band", "origin_country"}
    assert "country of residence" in MODEL.applicant.unknown["origin_country"]


def test_its_loans_have_a_loss_a_cap_and_terms_that_the_marketplace_lends_at() -> None:
    assert load_pricing().loss_given_default_pct["consumer_loan"].value > 0
    assert load_pricing().caps[MODEL.jurisdiction]
    assert load_offers().products["consumer_loan"].months == (3, 6, 9, 12)


def test_the_platform_does_without_it_until_enough_loans_defaulted() -> None:
    assert model_inventory().entry("consumer_loan").policy.while_unserved == "warning"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (applied(decided=""), "a report and decided are given together"),
        (applied(report=None), "a report and decided are given together"),
        (applied(decided="decided_on"), "raisket.applications has no column decided_on"),
        (applied(waiting={"status": "new"}), "applications.status is never new"),
        (applied(flags={"applied_informal": {"applied_employment": "idle"}}), "applied_employment is never idle"),
        (applied(flags={"applied_informal": {}}), "the flag applied_informal asks for nothing"),
        (applied(flags={"applied_informal": {"job": "informal"}}), "raisket.applications has no column job"),
        (applied(flags={}), "raisket.applications has no column applied_informal"),
        (applied(flags={**INFORMAL, "term_months": {"status": "approved"}}), "has a column term_months of its own"),
        (
            applied(flags={**INFORMAL, "reported_debt": {"status": "approved"}}),
            "reported_debt is both a flag and a column",
        ),
        (reported(table="bureau_answers"), "raisket has no table bureau_answers"),
        (reported(answered="told_at"), "raisket.bureau_reports has no column told_at"),
        (reported(table="consents"), "raisket.consents has no column reported_at"),
        (reported(columns={**REPORT, "reported_age": "age"}), "no feature reads reported_age"),
        (reported(columns={"reported_debt": "reported_debt"}), "raisket.applications has no column reported_score"),
        (reported(columns={**REPORT, "reported_debt": "debt"}), "raisket.bureau_reports has no column debt"),
        (reported(columns={}), "at least 1 item"),
        (without("employment_informal"), "no feature reads applied_informal"),
        (without("inquiries_many_or_missing"), "no feature reads reported_inquiries_6m"),
        (product(table="goods"), "raisket has no table goods"),
        (product(table="partners"), "raisket.partners has no column kind"),
        (product(where={"kind": ("mortgage",)}), "raisket.products.kind is never mortgage"),
        (product(where={}), "at least 1 item"),
        (person(unknown={}), "compares origin_country, which no column holds"),
        (person(unknown={"origin_country": " "}), "nothing says why origin_country is unknown"),
        (person(unknown={"origin_country": "why", "faith": "why"}), "no fairness policy compares faith"),
        (person(unknown={"origin_country": "why", "state": "why"}), "state is both known and unknown"),
        (
            person(attributes={"state": {"column": "state"}}, unknown={"origin_country": "a", "age_band": "b"}),
            "nothing that the fairness policy compares is known",
        ),
    ],
)
def test_a_declaration_that_nothing_can_be_read_by_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        validated(CreditModel, document(**changes))


def test_a_flag_must_not_tell_what_borrowers_are_compared_by() -> None:
    attributes = {"age_band": {"column": "birth_date", "ages_from": (25,)}, "work": {"column": "applied_employment"}}
    applicant = {**document()["applicant"], "attributes": attributes}
    with pytest.raises(ConfigurationError, match="reads what must not score: applied_employment"):
        validated(CreditModel, document(applicant=applicant))


def test_an_application_may_have_neither_flags_nor_a_report() -> None:
    assert Application(table="applications", waiting={"status": "submitted"}).made == ()
