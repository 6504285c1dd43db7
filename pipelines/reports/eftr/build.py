"""A selected report as the JSON that FINTRAC is told: the facts first, then the names and the version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts.jurisdictions import Jurisdiction
from pipelines.reports.eftr.orders import Transfer
from pipelines.reports.eftr.people import Person
from pipelines.reports.eftr.selection import Selected, threshold_minor

Json = dict[str, Any]
Submission = Literal["submit", "change", "delete"]


@dataclass(frozen=True)
class Version:
    """Which version of which report this is, which filed one it `replaces`, and why."""

    key: str
    sequence: int
    submission: Submission
    reason: str
    replaces: int | None = None

    @property
    def report_id(self) -> str:
        """Regulator, type, period (with what is aggregated) and sequence."""
        return f"fintrac:eftr:{self.key}:{self.sequence}"

    @property
    def reference(self) -> str:
        """The id in the characters that FINTRAC takes."""
        return self._reference(self.sequence)

    @property
    def replaced_reference(self) -> str | None:
        """The reference of the filed version that this one changes or deletes."""
        return None if self.replaces is None else self._reference(self.replaces)

    def _reference(self, sequence: int) -> str:
        return f"{self.key.replace('.', '_')}-{sequence}"


def report_facts(report: Selected, jurisdiction: Jurisdiction) -> Json:
    """What is told, with parties by reference only: two runs over the same orders give the same facts."""
    threshold = threshold_minor(jurisdiction.reports["eftr"], report.window)
    information = {
        "transferDirection": "initiation",
        "twentyFourHourRule": report.aggregation != "not_applicable",
        "aggregationType": report.aggregation,
        "periodStart": report.window.start.isoformat(),
        "periodEnd": _last_second(report.window.end).isoformat(),
        "totalAmountCad": _dollars(report.total_minor),
    }
    if report.aggregation != "not_applicable":
        information["aggregatedParty"] = report.party_id
    if report.same_as:
        information["identicalAggregations"] = list(report.same_as)
    return {
        "reportInformation": information,
        "transactions": [_transaction(transfer, threshold, jurisdiction) for transfer in report.transfers],
    }


def digest(facts: Json) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def complete_report(facts: Json, version: Version, people: Mapping[str, Person], jurisdiction: Jurisdiction) -> Json:
    """The whole report; a party that `people` does not know stays without a name, which makes the report invalid."""
    named: Json = _name_parties(facts, people)
    return {"reportDetails": report_details(version, jurisdiction), **named}


def report_details(version: Version, jurisdiction: Jurisdiction) -> Json:
    """Who reports, which version this is, and what it replaces."""
    entity = jurisdiction.reports["eftr"].reporting_entity
    details = {
        "reportType": "EFTR",
        "submissionType": version.submission,
        "reportingEntityNumber": entity.number,
        "reportingEntityReportReference": version.reference,
        "activitySector": entity.activity_sector,
    }
    if version.replaced_reference:
        details |= {"reason": version.reason, "relatedReportReference": version.replaced_reference}
    return details


def _transaction(transfer: Transfer, threshold: int, jurisdiction: Jurisdiction) -> Json:
    order = transfer.order
    return {
        "reference": order.order_id,
        "occurredAt": order.created_at.astimezone(jurisdiction.zone).isoformat(),
        "transferType": "non_swift",
        "purpose": order.purpose,
        "thresholdIndicator": "above" if transfer.value_minor >= threshold else "below",
        "regulatoryException": False,
        "startingActions": [_starting_action(transfer)],
        "completingActions": [_completing_action(transfer)],
    }


def _starting_action(transfer: Transfer) -> Json:
    order = transfer.order
    action: Json = {
        "direction": "out",
        "amount": f"{order.amount:.2f}",
        "currency": order.currency,
        "account": {"number": order.account_id, "holders": [{"reference": order.user_id}]},
        "requesters": [{"reference": order.requester_id}],
        "onBehalfOfIndicator": order.on_behalf_of_id is not None,
    }
    if order.on_behalf_of_id is not None:
        action["onBehalfOf"] = [{"reference": order.on_behalf_of_id}]
    return action


def _completing_action(transfer: Transfer) -> Json:
    order = transfer.order
    return {
        "disposition": "outgoing_international_transfer",
        "amount": f"{order.payout_amount:.2f}",
        "currency": order.payout_currency,
        "exchangeRate": f"{order.fx_rate.normalize():f}",
        "valueCad": _dollars(transfer.value_minor),
        "country": order.destination,
        "beneficiaries": [{"reference": order.beneficiary_id}],
    }


def _name_parties(node: Any, people: Mapping[str, Person]) -> Any:  # noqa: ANN401  # JSON is any of its types
    """Persons are the objects that hold a reference and nothing else."""
    if isinstance(node, list):
        return [_name_parties(item, people) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"reference"}:
        return node | _known(people.get(node["reference"]))
    return {name: _name_parties(value, people) for name, value in node.items()}


def _known(person: Person | None) -> Json:
    if person is None:
        return {}
    known = {
        "fullName": person.full_name,
        "dateOfBirth": person.birth_date.isoformat() if person.birth_date else None,
        "countryOfResidence": person.country,
    }
    return {name: value for name, value in known.items() if value}


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _last_second(end: datetime) -> datetime:
    return datetime.fromtimestamp(end.timestamp(), end.tzinfo) - timedelta(seconds=1)
