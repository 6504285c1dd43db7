"""Which transfers must be reported, and together with which: the single threshold and the 24-hour rule.

SOR/2002-184 s.30(1)(b)-(e) and s.127(1)(a)-(c); FINTRAC, "The 24-hour rule" (23 October 2023), section 4.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.jurisdictions import Jurisdiction, ReportRules, valid_on
from pipelines.reports.eftr.orders import RemittanceOrder, Transfer, value_order
from pipelines.reports.eftr.windows import Window, window_of

Aggregation = Literal["requester", "on_behalf_of", "beneficiary", "not_applicable"]
# Where two aggregations hold the same transfers one report may do: the first of this order is sent.
AGGREGATIONS: tuple[Aggregation, ...] = ("requester", "on_behalf_of", "beneficiary")


@dataclass(frozen=True)
class Selected:
    """One report to make: its window, what its transfers have in common, and the transfers in order of time.

    `party_id` is the shared party, or the order itself where a transfer stands alone. `same_as` names the
    aggregations that hold exactly these transfers too and are told by this report.
    """

    window: Window
    aggregation: Aggregation
    party_id: str
    transfers: tuple[Transfer, ...]
    same_as: tuple[Aggregation, ...] = ()

    @property
    def total_minor(self) -> int:
        """Cents of the reporting currency."""
        return sum(transfer.value_minor for transfer in self.transfers)

    @property
    def key(self) -> str:
        """Stays while transfers join or leave; the party is hashed, since ids end up in logs and file names."""
        party = hashlib.sha256(f"{self.aggregation}:{self.party_id}".encode()).hexdigest()[:12]
        return f"{self.window.period}.{self.aggregation}.{party}"


@dataclass(frozen=True)
class Selection:
    """The reports to make, the orders that could not be judged, and the ids of those that were."""

    reports: tuple[Selected, ...]
    refused: tuple[InvalidInputError, ...]
    judged: frozenset[str]


def select_reports(orders: Iterable[RemittanceOrder], jurisdiction: Jurisdiction) -> Selection:
    """Every report that the orders ask for, by window; an order that cannot be judged is refused, the rest goes on."""
    rules, refused, judged = jurisdiction.reports["eftr"], [], set()
    windows: dict[Window, list[Transfer]] = defaultdict(list)
    for order in sorted(orders, key=lambda order: (order.created_at, order.order_id)):
        try:
            if order.leaves(jurisdiction.jurisdiction):
                window, transfer = _place(order, jurisdiction, rules)
                windows[window].append(transfer)
            judged.add(order.order_id)
        except InvalidInputError as error:
            refused.append(error)
    reports = (report for window in sorted(windows) for report in _select_window(window, windows[window], rules))
    return Selection(tuple(reports), tuple(refused), frozenset(judged))


def threshold_minor(rules: ReportRules, window: Window) -> int:
    """Cents from which a window's transfers are reportable."""
    return int(valid_on(rules.threshold_minor, window.day).value)


def _place(order: RemittanceOrder, jurisdiction: Jurisdiction, rules: ReportRules) -> tuple[Window, Transfer]:
    """The order's window and value; raises InvalidInputError for one whose day has no declared rule or is out of range."""
    try:
        transfer, window = value_order(order, rules, jurisdiction.zone), _window(order.created_at, jurisdiction, rules)
        for values in (rules.threshold_minor, rules.window_hours, rules.due_working_days):
            valid_on(values, window.day)
    except (ConfigurationError, OverflowError) as error:
        complaint = f"order {order.order_id} of {order.created_at.date()} cannot be judged: {error}"
        raise InvalidInputError(complaint, field="created_at") from error
    return window, transfer


def _window(moment: datetime, jurisdiction: Jurisdiction, rules: ReportRules) -> Window:
    day = moment.astimezone(jurisdiction.zone).date()
    hours = int(valid_on(rules.window_hours, day).value)
    return window_of(moment, jurisdiction.zone, time.fromisoformat(rules.window_starts_at), hours)


def _select_window(window: Window, transfers: list[Transfer], rules: ReportRules) -> Iterator[Selected]:
    threshold = threshold_minor(rules, window)
    aggregated = [report for report in _aggregate(window, transfers) if report.total_minor >= threshold]
    told: dict[tuple[Transfer, ...], Selected] = {}
    for report in aggregated:
        first = told.get(report.transfers)
        same_as = (*first.same_as, report.aggregation) if first else ()
        told[report.transfers] = Selected(
            window, (first or report).aggregation, (first or report).party_id, report.transfers, same_as
        )
    yield from told.values()
    covered = {transfer for group in told for transfer in group}
    for transfer in transfers:
        if transfer.value_minor >= threshold and transfer not in covered:
            yield Selected(window, "not_applicable", transfer.order.order_id, (transfer,))


def _aggregate(window: Window, transfers: list[Transfer]) -> Iterator[Selected]:
    """Two transfers or more of one party in one role; roles are never mixed."""
    for aggregation in AGGREGATIONS:
        groups: dict[str, list[Transfer]] = defaultdict(list)
        for transfer in transfers:
            party = _party(transfer.order, aggregation)
            if party:
                groups[party].append(transfer)
        for party, group in groups.items():
            if len(group) > 1:
                yield Selected(window, aggregation, party, tuple(group))


def _party(order: RemittanceOrder, aggregation: Aggregation) -> str | None:
    roles = {
        "requester": order.requester_id,
        "on_behalf_of": order.on_behalf_of_id,
        "beneficiary": order.beneficiary_id,
    }
    return roles[aggregation]
