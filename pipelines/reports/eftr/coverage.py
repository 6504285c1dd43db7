"""Whether silver holds every order of the closed windows, as the operational database has them."""

from __future__ import annotations

from datetime import datetime, time

import psycopg

from contracts.jurisdictions import Jurisdiction, valid_on
from contracts.settings import Settings
from pipelines.lakehouse.catalog import Lake
from pipelines.reports.eftr.input import TABLE
from pipelines.reports.eftr.windows import window_of

_SOURCE = "select remittance_order_id, updated_at from diasporacore.remittance_orders where created_at < %s"


def uncovered_orders(settings: Settings, lake: Lake, jurisdiction: Jurisdiction, now: datetime) -> list[str]:
    """Ids of orders of windows that are closed at `now` and that silver lacks, or has as they were before a change.

    A change after the last window's end is left to the next run. Raises NotFoundError before silver was first made.
    """
    end = closed_until(jurisdiction, now)
    lake.attach(TABLE)
    seen = dict(lake.session.execute(f"select remittance_order_id, updated_at from {TABLE}").fetchall())  # noqa: S608 - our names
    with psycopg.connect(settings.database_url("operations")) as connection:
        source = connection.execute(_SOURCE, [end]).fetchall()
    return sorted(order for order, updated_at in source if order not in seen or seen[order] < updated_at < end)


def closed_until(jurisdiction: Jurisdiction, now: datetime) -> datetime:
    """Where the window that is open at `now` begins."""
    rules = jurisdiction.reports["eftr"]
    hours = int(valid_on(rules.window_hours, now.astimezone(jurisdiction.zone).date()).value)
    return window_of(now, jurisdiction.zone, time.fromisoformat(rules.window_starts_at), hours).start
