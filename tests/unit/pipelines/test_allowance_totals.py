"""What the executive page gets of the allowance: each reporting day by currency and stage, and nothing before the first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ml.credit.loss import Stage
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import ALLOWANCES
from pipelines.models.allowance_totals import COLUMNS, allowance_by_stage, allowance_totals
from pipelines.models.allowances import write_provisions
from pipelines.models.open_loans import OpenLoans
from pipelines.models.provisions import Provision

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 22)


def provision(day: date, loan: str, stage: Stage, exposure: str, allowance: str, currency: str = "CAD") -> Provision:
    amounts = (Decimal(exposure), Decimal(exposure), Decimal(allowance))
    return Provision(day, "union", loan, currency, 0, stage, 0.1, 0.1, 0.65, *amounts, "version")


def write(lake: Lake, day: date, *rows: Provision) -> None:
    write_provisions(lake, "micro_loan", rows, OpenLoans(None, {}, {}), day)


def told(lake: Lake) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in COLUMNS) for row in allowance_totals(lake, "micro_loan")]


def test_every_day_is_told_by_currency_and_stage(lake: Lake) -> None:
    write(lake, OCTOBER, provision(OCTOBER, "a", 1, "100.00", "1.50"))
    write(
        lake,
        NOVEMBER,
        provision(NOVEMBER, "a", 1, "90.00", "1.25"),
        provision(NOVEMBER, "b", 1, "10.00", "0.25"),
        provision(NOVEMBER, "c", 3, "50.00", "32.50"),
        provision(NOVEMBER, "d", 3, "7.00", "4.55", "USD"),
    )
    assert told(lake) == [
        ("micro_loan", OCTOBER, "CAD", 1, 1, Decimal("100.00"), Decimal("1.50")),
        ("micro_loan", NOVEMBER, "CAD", 1, 2, Decimal("100.00"), Decimal("1.50")),
        ("micro_loan", NOVEMBER, "CAD", 3, 1, Decimal("50.00"), Decimal("32.50")),
        ("micro_loan", NOVEMBER, "USD", 3, 1, Decimal("7.00"), Decimal("4.55")),
    ]


def test_a_day_that_is_made_again_is_told_as_it_is_now(lake: Lake) -> None:
    write(lake, OCTOBER, provision(OCTOBER, "a", 1, "100.00", "1.50"))
    write(lake, OCTOBER, provision(OCTOBER, "a", 2, "100.00", "8.00"))
    assert told(lake) == [("micro_loan", OCTOBER, "CAD", 2, 1, Decimal("100.00"), Decimal("8.00"))]


def test_before_the_first_allowance_there_is_nothing_to_tell(lake: Lake) -> None:
    assert told(lake) == []


def test_the_copy_stands_behind_every_allowance_where_refreshes_reach_it() -> None:
    (key,) = allowance_by_stage.keys
    assert allowance_by_stage.asset_deps[key] == {one.key for one in ALLOWANCES.values()}
    assert set(allowance_by_stage.group_names_by_key.values()) == {"published"}
