"""Which versions are due: what was selected now against what the register holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from contracts.jurisdictions import Jurisdiction
from pipelines.reports.eftr.build import Json, Version, digest, report_facts
from pipelines.reports.eftr.selection import Selected
from pipelines.reports.register import Registered

NAMED_ORDERS = 5


@dataclass(frozen=True)
class Due:
    """One version to make. `only_if_valid` is a second try of a version that lacked something."""

    report: Selected
    version: Version
    facts: Json
    only_if_valid: bool = False


@dataclass(frozen=True)
class Plan:
    """What a run has to do; `unexplained` are registered reports with orders that could not be judged.

    Of these nothing is told: a change or a deletion would withdraw a transfer for no reason that the orders give, and
    a report of its other transfers alone would tell them twice.
    """

    due: tuple[Due, ...]
    previews: tuple[Due, ...]
    withdrawals: tuple[tuple[Registered, Version], ...]
    unexplained: tuple[str, ...]


def plan_versions(
    selected: Iterable[Selected],
    registered: Mapping[str, Registered],
    judged: AbstractSet[str],
    jurisdiction: Jurisdiction,
    now: datetime,
) -> Plan:
    """The versions that are due at `now`; the same input and register always give the same plan.

    `judged` are the ids of all orders that the input has and that could be judged, whether they count or not.
    """
    standing = {key: row for key, row in registered.items() if row.status != "withdrawn"}
    unexplained = {key for key, row in standing.items() if not judged >= set(row.order_ids)}
    told = {order for key in unexplained if standing[key].filed_sequence for order in standing[key].order_ids}
    reports = {
        report.key: report for report in selected if report.key not in unexplained and not told >= _order_ids(report)
    }
    closed = [report for report in reports.values() if report.window.is_closed(now)]
    due = [_due(report, registered.get(report.key), jurisdiction) for report in closed]
    previews = [
        Due(report, Version(report.key, 0, "submit", "the window is open"), report_facts(report, jurisdiction))
        for report in reports.values()
        if not report.window.is_closed(now)
    ]
    gone = [row for key, row in standing.items() if key not in reports and key not in unexplained]
    return Plan(
        tuple(one for one in due if one is not None),
        tuple(previews),
        tuple((row, _withdrawal(row)) for row in gone),
        tuple(sorted(unexplained)),
    )


def _due(report: Selected, earlier: Registered | None, jurisdiction: Jurisdiction) -> Due | None:
    facts = report_facts(report, jurisdiction)
    if earlier is None:
        return Due(report, Version(report.key, 1, "submit", "first filing"), facts)
    same = earlier.facts_sha256 == digest(facts)
    if same and earlier.status == "filed":
        return None
    sequence, replaces = earlier.sequence + 1, earlier.filed_sequence
    reason = _difference(report, earlier) if not same else f"version {earlier.sequence} was {earlier.status}"
    version = Version(report.key, sequence, "submit" if replaces is None else "change", reason, replaces)
    return Due(report, version, facts, only_if_valid=same and earlier.status == "invalid")


def _withdrawal(row: Registered) -> Version:
    reason = "its transfers no longer reach the threshold together, or are told in another report"
    return Version(row.report_key, row.sequence + 1, "delete", reason, row.filed_sequence)


def _difference(report: Selected, earlier: Registered) -> str:
    now, before = _order_ids(report), set(earlier.order_ids)
    parts = [_name("added", now - before), _name("left out", before - now)]
    return "; ".join(part for part in parts if part) or "a transfer's amount, parties or time changed"


def _order_ids(report: Selected) -> set[str]:
    return {transfer.order.order_id for transfer in report.transfers}


def _name(what: str, orders: AbstractSet[str]) -> str:
    if not orders:
        return ""
    shown = ", ".join(sorted(orders)[:NAMED_ORDERS])
    return f"{what} {shown}" + (f" and {len(orders) - NAMED_ORDERS} more" if len(orders) > NAMED_ORDERS else "")
