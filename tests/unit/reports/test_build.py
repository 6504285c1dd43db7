"""What a report says, and what its schema refuses."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reports import report_problems
from pipelines.reports.eftr.build import Version, complete_report, digest, report_facts
from pipelines.reports.eftr.evidence import evidence_pack
from pipelines.reports.eftr.people import Person
from pipelines.reports.eftr.selection import Selected, select_reports
from tests.unit.reports.builders import CANADA, at, order

EVE = Person("Eve Moreau", date(1990, 4, 12), "CA")
PEOPLE = {"eve": EVE, "iris": Person("Iris Roy", date(1980, 1, 2), "CA"), "sam": Person("Sam Reyes")}


def selected(*orders: Any) -> Selected:  # noqa: ANN401  # as the builder gives them
    (report,) = select_reports(orders, CANADA).reports
    return report


def built(report: Selected, sequence: int = 1) -> dict[str, Any]:
    version = Version(report.key, sequence, "submit", "first filing")
    return complete_report(report_facts(report, CANADA), version, PEOPLE, CANADA)


def test_a_single_transfer_names_who_asked_what_left_and_who_receives() -> None:
    report = built(selected(order("12000.5", conductor_id="iris", on_behalf_of_id="eve")))
    assert report_problems("fintrac_eftr", report) == ()
    (transaction,) = report["transactions"]
    (start,), (end,) = transaction["startingActions"], transaction["completingActions"]
    assert (start["amount"], start["currency"], start["account"]["number"]) == ("12000.50", "CAD", "account-eve")
    assert [person["fullName"] for person in start["requesters"]] == ["Iris Roy"]
    assert [person["fullName"] for person in start["onBehalfOf"]] == ["Eve Moreau"]
    assert (end["valueCad"], end["country"], end["exchangeRate"]) == ("12000.50", "MX", "13.27")
    assert [person["fullName"] for person in end["beneficiaries"]] == ["Sam Reyes"]
    assert transaction["thresholdIndicator"] == "above"
    assert report["reportInformation"]["aggregationType"] == "not_applicable"


def test_the_window_is_told_with_its_offset_and_its_last_second() -> None:
    information = built(selected(order("12000", created_at=at("2026-07-01T10:00"))))["reportInformation"]
    assert information["periodStart"] == "2026-07-01T00:00:00-04:00"
    assert information["periodEnd"] == "2026-07-01T23:59:59-04:00"


def test_an_aggregate_says_what_its_transfers_share() -> None:
    report = built(selected(order("6000"), order("5000")))
    assert report_problems("fintrac_eftr", report) == ()
    information = report["reportInformation"]
    assert (information["aggregationType"], information["aggregatedParty"]) == ("requester", "eve")
    assert information["identicalAggregations"] == ["beneficiary"]
    assert information["totalAmountCad"] == "11000.00"
    assert {one["thresholdIndicator"] for one in report["transactions"]} == {"below"}


@pytest.mark.parametrize(
    ("amounts", "lacking"),
    [
        (["12000"], {"requesters", "onBehalfOf"}),
        (["6000", "5000"], set()),
        (["11000", "200"], {"requesters", "onBehalfOf"}),
    ],
    ids=["alone", "all below", "one above"],
)
def test_what_may_be_lacking_below_the_threshold_is_mandatory_once_a_transfer_reaches_it(
    amounts: list[str], lacking: set[str]
) -> None:
    """SOR/2002-184 s.152(2): the requester's date of birth, and the third party's name."""
    known = {"eve": Person("Eve Moreau"), "sam": Person("Sam Reyes")}
    report = selected(*(order(amount, on_behalf_of_id="acme") for amount in amounts))
    document = complete_report(report_facts(report, CANADA), Version(report.key, 1, "submit", ""), known, CANADA)
    missing = {problem.field.split(".")[-2] for problem in report_problems("fintrac_eftr", document)}
    assert missing == lacking


def test_a_requester_and_a_beneficiary_always_have_a_name() -> None:
    report = selected(order("6000"), order("5000"))
    document = complete_report(report_facts(report, CANADA), Version(report.key, 1, "submit", ""), {}, CANADA)
    missing = {problem.field.split(".")[-2] for problem in report_problems("fintrac_eftr", document)}
    assert missing == {"holders", "requesters", "beneficiaries"}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("transactions", 0, "startingActions", 0, "amount"), "12,000.00", "transactions.0.startingActions.0.amount"),
        (("transactions", 0, "startingActions", 0, "amount"), "12000.5", "transactions.0.startingActions.0.amount"),
        (("transactions", 0, "startingActions", 0, "amount"), "-1.00", "transactions.0.startingActions.0.amount"),
        (("transactions", 0, "startingActions", 0, "currency"), "cad", "transactions.0.startingActions.0.currency"),
        (("transactions", 0, "startingActions"), [], "transactions.0.startingActions"),
        (("transactions", 0, "completingActions"), [], "transactions.0.completingActions"),
        (("transactions", 0, "occurredAt"), "2026-11-18T12:00:00", "transactions.0.occurredAt"),
        (("transactions",), [], "transactions"),
        (("reportInformation", "aggregationType"), "sender", "reportInformation.aggregationType"),
        (("reportInformation", "twentyFourHourRule"), True, "reportInformation.twentyFourHourRule"),
        (("reportDetails", "reportingEntityNumber"), "12", "reportDetails.reportingEntityNumber"),
        (("reportDetails", "reportingEntityReportReference"), "a:b", "reportDetails.reportingEntityReportReference"),
        (("reportDetails", "submissionType"), "change", "reportDetails"),
    ],
)
def test_a_broken_report_is_not_valid_and_the_field_is_named(path: tuple[Any, ...], value: object, field: str) -> None:
    report = json.loads(json.dumps(built(selected(order("12000")))))
    *parents, last = path
    node = report
    for step in parents:
        node = node[step]
    node[last] = value
    assert field in [problem.field for problem in report_problems("fintrac_eftr", report)]


def test_problems_do_not_repeat_values() -> None:
    report = built(selected(order("12000")))
    report["transactions"][0]["startingActions"][0]["requesters"][0]["fullName"] = {"given": "Eve"}
    problems = report_problems("fintrac_eftr", report)
    assert problems
    assert "Eve" not in str(problems)


def test_facts_hold_no_names_and_decide_the_digest() -> None:
    first = selected(order("12000", order_id="one"))
    facts = report_facts(first, CANADA)
    assert "Moreau" not in json.dumps(facts)
    assert digest(facts) == digest(report_facts(selected(order("12000", order_id="one")), CANADA))
    assert digest(facts) != digest(report_facts(selected(order("12000.01", order_id="one")), CANADA))


def test_the_evidence_cites_each_threshold_and_its_source() -> None:
    report = selected(order("12000"))
    pack = evidence_pack(report, Version(report.key, 1, "submit", "first filing"), CANADA, {"table": 7}, {"file": "x"})
    assert pack["thresholds"]["threshold_minor"]["value"] == "1000000"
    assert all(threshold["source"] for threshold in pack["thresholds"].values())
    assert pack["orders"][0]["rate"]["value"] == "1"
    assert pack["input_snapshots"] == {"table": 7}


@given(st.integers(1_000_000, 10**15))
def test_every_reportable_amount_fits_the_schema(cents: int) -> None:
    amount = f"{cents // 100}.{cents % 100:02}"
    report = built(selected(order(amount)))
    assert report_problems("fintrac_eftr", report) == ()
    assert report["reportInformation"]["totalAmountCad"] == amount
