"""One run of the transfer report, from orders to the register and its copy for dashboards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from contracts.errors import InvalidInputError
from contracts.jurisdictions import load_jurisdiction
from contracts.settings import Settings
from pipelines.reports.audit import record_access
from pipelines.reports.eftr.filing import Run, carry_out
from pipelines.reports.eftr.orders import RemittanceOrder
from pipelines.reports.eftr.people import PURPOSE, Person, read_people
from pipelines.reports.eftr.selection import select_reports
from pipelines.reports.eftr.versions import Due, plan_versions
from pipelines.reports.publish import publish_register
from pipelines.reports.register import ReportRow, latest_versions, open_register, read_register


@dataclass(frozen=True)
class Outcome:
    """What a run added, which orders it refused, and which filed reports the input cannot explain any more.

    `invalid` and `overdue` are of the whole register, whatever this run added: ids of newest versions that lack
    something, and those of them whose deadline has passed.
    """

    rows: list[ReportRow]
    refused: tuple[InvalidInputError, ...]
    unexplained: tuple[str, ...]
    invalid: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


def file_transfers(
    settings: Settings,
    orders: Iterable[RemittanceOrder],
    snapshots: Mapping[str, int | str],
    now: datetime,
    *,
    previews: bool = True,
) -> Outcome:
    """File what is due of all orders up to `now`; with the same orders a second run adds nothing.

    `previews` registers what open windows hold so far, as sequence 0 and without files.
    """
    jurisdiction = load_jurisdiction("CA")
    selection = select_reports(orders, jurisdiction)
    with open_register(settings) as connection:
        registered = latest_versions(connection, jurisdiction.regulator, "eftr")
        plan = plan_versions(selection.reports, registered, selection.judged, jurisdiction, now)
        if not previews:
            plan = replace(plan, previews=())
        rows = carry_out(plan, Run(settings, jurisdiction, snapshots, now), connection, partial(_names, settings))
        newest = latest_versions(connection, jurisdiction.regulator, "eftr").values()
        register = read_register(connection)
    publish_register(settings, register)
    invalid = [row for row in newest if row.status == "invalid"]
    return Outcome(
        rows,
        selection.refused,
        plan.unexplained,
        tuple(row.report_id for row in invalid),
        tuple(row.report_id for row in invalid if row.due_at < now),
    )


def _names(settings: Settings, due: list[Due]) -> dict[str, Person]:
    """The people of what is to be filed; the reading is audited first."""
    parties = {one.version.report_id: set(_parties(one)) for one in due}
    record_access(settings, PURPOSE, {report: len(people) for report, people in parties.items()})
    orders = [transfer.order.order_id for one in due for transfer in one.report.transfers]
    return read_people(settings, set().union(*parties.values()), orders)


def _parties(due: Due) -> Iterator[str]:
    for transfer in due.report.transfers:
        order = transfer.order
        yield from (order.user_id, order.requester_id, order.beneficiary_id)
        if order.on_behalf_of_id:
            yield order.on_behalf_of_id
