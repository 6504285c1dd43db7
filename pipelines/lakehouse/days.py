"""The book of a closed day: what moved in a jurisdiction on one of its own days, by system, kind, status and currency.

A day can be made again at any time: a late correction changes it, and nothing else does.
"""

from __future__ import annotations

from datetime import date

from contracts.jurisdictions import Jurisdiction
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head
from pipelines.lakehouse.touched import hold_rows

SOURCE = "silver.transactions"
COLUMNS = (
    SilverColumn("day", "date", "Day in the jurisdiction's own time zone"),
    SilverColumn("app", "text", "System"),
    SilverColumn("kind", "text", "Kind of movement"),
    SilverColumn("status", "text", "Its current status"),
    SilverColumn("currency", "text", "ISO 4217"),
    SilverColumn("movements", "integer", "How many"),
    SilverColumn("amount_minor", "integer", "Sum in minor units of the currency"),
    SilverColumn("amount_usd_minor", "integer", "Sum in US cents"),
)
_NAMES = ", ".join(column.name for column in COLUMNS)


def days_table(jurisdiction: Jurisdiction) -> str:
    """The full name of a jurisdiction's table."""
    return f"silver.daily_totals_{jurisdiction.jurisdiction.lower()}"


def close_day(lake: Lake, jurisdiction: Jurisdiction, day: date) -> Head:
    """Make one day's rows from the canonical transactions; with the same rows nothing is written."""
    name = days_table(jurisdiction)
    lake.attach(SOURCE)
    lake.session.execute(
        "create or replace temp table closed as select cast(? as date) as day, app, kind, status, currency,"  # noqa: S608 - a constant
        " count(*) as movements, cast(sum(amount_minor) as bigint) as amount_minor,"
        f" cast(sum(amount_usd_minor) as bigint) as amount_usd_minor from {SOURCE}"
        " where jurisdiction = ? and cast(occurred_at at time zone ? as date) = ? group by all",
        [day, jurisdiction.jurisdiction, jurisdiction.time_zone, day],
    )
    files = lake.data_files(name)
    hold_rows(lake, "days", files, COLUMNS)
    lake.session.execute("create or replace temp table known as select * from days where day = ?", [day])
    differs = (
        "(select * from closed except select * from known) union all (select * from known except select * from closed)"
    )
    head = lake.head(name)
    if head is not None and not lake.count(f"select count(*) from ({differs})"):  # noqa: S608 - constants
        return head
    rows = lake.query(
        f"select {_NAMES} from (select * from days where day <> ? union all by name select * from closed) order by all",  # noqa: S608 - likewise
        [day],
    )
    return lake.replace(name, rows, COLUMNS, {}, files if head is not None else None)
