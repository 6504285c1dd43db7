"""Why a report says what it says: the inputs, the rules with their sources, and the digests that bind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.jurisdictions import Dated, Jurisdiction, valid_on
from contracts.reports import Problem
from pipelines.reports.eftr.build import Version
from pipelines.reports.eftr.selection import Selected

Json = dict[str, Any]

RULE_TEXT = (
    "Report every international electronic funds transfer of the threshold or more that was initiated at a client's "
    "request, and two or more that reach it together within one static window and share the requester, the party on "
    "whose behalf they were requested, or the beneficiary. Aggregations that hold exactly the same transfers make one "
    "report; others are all made. A single transfer that reaches the threshold is reported alone unless it is part of "
    "an aggregation. Cancelled orders were never initiated."
)


def evidence_pack(
    report: Selected,
    version: Version,
    jurisdiction: Jurisdiction,
    snapshots: Mapping[str, int | str],
    digests: Mapping[str, str],
) -> Json:
    """Everything needed to make the report again; it holds identifiers, never names.

    `snapshots` are the Iceberg snapshot ids read, by table; `digests` the SHA-256 of the facts and of the file.
    """
    rules, day = jurisdiction.reports["eftr"], report.window.day
    return {
        "report_id": version.report_id,
        "regulator": jurisdiction.regulator,
        "report_type": "eftr",
        "submission": version.submission,
        "reason": version.reason,
        "input_snapshots": dict(snapshots),
        "window": {
            "start": report.window.start.isoformat(),
            "end": report.window.end.isoformat(),
            "time_zone": jurisdiction.time_zone,
            "declared_start": rules.window_starts_at,
        },
        "rule": RULE_TEXT,
        "thresholds": {
            name: _dated(valid_on(values, day))
            for name, values in {
                "threshold_minor": rules.threshold_minor,
                "window_hours": rules.window_hours,
                "due_working_days": rules.due_working_days,
            }.items()
        },
        "aggregation": {"type": report.aggregation, "party": report.party_id, "identical": list(report.same_as)},
        "total_minor": report.total_minor,
        "currency": jurisdiction.currency,
        "orders": [
            {
                "order_id": transfer.order.order_id,
                "tenant_id": transfer.order.tenant_id,
                "created_at": transfer.order.created_at.isoformat(),
                "amount": str(transfer.order.amount),
                "currency": transfer.order.currency,
                "value_minor": transfer.value_minor,
                "rate": _dated(transfer.rate),
            }
            for transfer in report.transfers
        ],
        "sha256": dict(digests),
    }


def with_outcome(pack: Json, problems: tuple[Problem, ...], created_at: datetime) -> Json:
    """The pack with what validation said and when the report was made."""
    found = [{"field": problem.field, "rule": problem.rule} for problem in problems]
    validation = {"schema": "contracts/reports/fintrac_eftr.schema.json", "valid": not problems, "problems": found}
    return {**pack, "validation": validation, "created_at": created_at.isoformat()}


def _dated(value: Dated) -> Json:
    return {"value": str(value.value), "valid_from": str(value.valid_from), "source": value.source}
