"""The allowance's assets over generated loans: the real catalogue, its two checks in Dagster, and the totals that the board reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from contracts.models import micro_loan_model
from contracts.models.files import champion_file
from contracts.settings import Settings
from contracts.tables import find_table
from dashboards.queries import read_later, warehouse
from ml.credit.run import train_card
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.refresh import prepare_session, refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.models.allowance_assets import ALLOWANCES
from pipelines.models.allowance_checks import RECONCILES, RISES
from pipelines.models.allowance_totals import allowance_by_stage
from pipelines.models.allowances import table_of
from pipelines.models.data import read_loan_data
from tests.unit.pipelines.generated_lending import APP, AS_OF, drop_lending, hold_lending, lending_tables
from tests.unit.pipelines.lakes import Json, change, land

# Extensions of DuckDB and Dagster's resources warn of their own deprecations.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

TABLE = table_of("micro_loan")
TODAY, MONTH_END = AS_OF.date(), date(2025, 10, 31)
BARE: Json = {"loan_id": "loan-bare", "tenant_id": "union-of-none", "user_id": "nobody", "account_id": "none"}


@dataclass(frozen=True)
class Platform:
    """A lakehouse with generated loans, and the card that was learnt from them in service."""

    settings: Settings
    lake: Lake
    unpaid: Decimal

    def rows(self) -> list[tuple[Any, ...]]:
        """What anybody finds in the catalogue: by day, currency and stage the loans, the exposure and the allowance."""
        with open_lake(self.settings) as lake:
            lake.attach(TABLE)
            return lake.session.execute(
                "select as_of_date, currency, stage, count(*), sum(outstanding_amount), sum(exposure_amount), "
                f"sum(allowance_amount) from {TABLE} group by all order by all"
            ).fetchall()

    def snapshot(self) -> int:
        """The table's present snapshot."""
        with open_lake(self.settings) as lake:
            head = lake.head(TABLE)
        assert head is not None
        return head.snapshot_id


@pytest.fixture(scope="module")
def platform(postgres: Settings) -> Iterator[Platform]:
    tables = lending_tables(7, "tiny")
    repayments = tables["loan_repayments"]
    with pytest.MonkeyPatch.context() as patch, open_lake(postgres) as lake:
        for name, value in postgres.child_environment().items():
            patch.setenv(name, value)
        prepare_session(lake, postgres)
        hold_lending(lake, tables)
        data = read_loan_data(lake)
        publish(train_card(micro_loan_model(), data.loans, groups=data.groups).content, postgres, "micro_loan")
        unpaid = int((repayments["due_amount"] - repayments["paid_amount"]).sum())
        yield Platform(postgres, lake, Decimal(unpaid) / 100)
        shutil.rmtree(champion_file(postgres, "micro_loan").parent)
        drop_lending(lake, tables)


def materialised(day: date) -> dict[str, dg.AssetCheckEvaluation]:
    """Both assets made for a reporting day; the allowance's checks by name."""
    node = {"ops": {"models__micro_loan_allowance": {"config": {"as_of": day.isoformat()}}}}
    result = dg.materialize([ALLOWANCES["micro_loan"], allowance_by_stage], run_config=node)
    assert result.success
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_a_reporting_day_is_in_the_catalogue_and_both_checks_hold(platform: Platform) -> None:
    checks = materialised(TODAY)
    assert set(checks) == {RECONCILES, RISES}
    for check in checks.values():
        assert check.passed, check.description
    rows = platform.rows()
    assert [(day, currency, stage) for day, currency, stage, *_ in rows] == [(TODAY, "CAD", one) for one in (1, 2, 3)]
    assert sum(row[4] for row in rows) == platform.unpaid


def test_a_day_made_again_writes_nothing_and_another_day_stands_beside_it(platform: Platform) -> None:
    materialised(TODAY)
    snapshot, before = platform.snapshot(), platform.rows()
    materialised(TODAY)
    assert platform.snapshot() == snapshot
    materialised(MONTH_END)
    rows = platform.rows()
    assert {row[0] for row in rows} == {MONTH_END, TODAY}
    assert [row for row in rows if row[0] == TODAY] == before


def test_the_board_reads_the_totals_of_every_day_in_the_warehouse(platform: Platform) -> None:
    for day in (MONTH_END, TODAY):
        materialised(day)
    with warehouse(platform.settings) as connection:
        shown = read_later(connection, "allowance")
    told = [
        (row.day.date(), row.currency, row.stage, row.loans, row.exposure_total, row.allowance_total)
        for row in shown.itertuples(index=False)
    ]
    assert told == [
        (day, currency, stage, loans, float(exposure), float(allowance))
        for day, currency, stage, loans, _, exposure, allowance in platform.rows()
    ]


def test_a_loan_without_instalments_is_named_by_a_warning_and_stops_no_other(platform: Platform) -> None:
    materialised(TODAY)
    before = platform.rows()
    table = find_table(APP, "loans")
    terms = {
        "principal": "500.00",
        "currency": "CAD",
        "annual_rate_pct": "12.000",
        "term_months": 6,
        "status": "active",
    }
    applied = {"applied_income": "3000.00", "applied_employment_months": 10, "applied_existing_debt": "0.00"}
    rest = {"applied_bureau_score": None, "applied_remittances_90d": 0, "defaulted_at": None}
    at = {"disbursed_at": "2025-11-01T12:00:00Z", "updated_at": "2025-11-01T12:00:00Z"}
    land(
        platform.lake,
        table.bronze,
        table.topic,
        [change("c", {**BARE, **terms, **applied, **rest, **at}, 10**6)],
        10**6,
    )
    assert refresh(platform.lake, find_silver(table.silver)).quarantined == 0
    check = materialised(TODAY)[RECONCILES]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "loan loan-bare of union-of-none has no instalments"
    assert platform.rows() == before
