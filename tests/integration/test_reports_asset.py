"""The report's asset over a real lakehouse and a real register."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from contracts.errors import NotFoundError
from contracts.settings import Settings
from pipelines.lakehouse.catalog import open_lake
from pipelines.lakehouse.specification import find_silver
from pipelines.reports.assets import EFTR, fintrac_eftr
from pipelines.reports.definitions import definitions
from pipelines.reports.eftr.coverage import closed_until, uncovered_orders
from pipelines.reports.eftr.input import TABLE, read_orders
from pipelines.reports.eftr.orders import RemittanceOrder
from tests.integration.test_reports_filing import commit, databases, platform, register
from tests.unit.reports.builders import CANADA, order

__all__ = ["databases", "platform"]

pytestmark = pytest.mark.integration


def to_silver(settings: Settings, orders: list[RemittanceOrder], **more: object) -> int:
    """Commit orders to silver as the refresh does: names as tokens."""
    columns = find_silver(TABLE).stored
    rows = []
    for one in orders:
        known = vars(one) | {"remittance_order_id": one.order_id, "beneficiary_name": "tok_0"} | more
        rows.append({column.name: known.get(column.name) for column in columns})
    with open_lake(settings) as lake:
        schema = pa.schema([(column.name, _arrow(rows, column.name)) for column in columns])
        head = lake.replace(TABLE, pa.Table.from_pylist(rows, schema), columns, {"atalaya.input-snapshot-id": "7"})
        return head.snapshot_id


def _arrow(rows: list[dict[str, object]], name: str) -> pa.DataType:
    inferred = pa.array([row[name] for row in rows]).type
    return pa.timestamp("us", "UTC") if pa.types.is_timestamp(inferred) else inferred


@pytest.fixture
def lakehouse(platform: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ATALAYA_STATE", str(platform.state))
    monkeypatch.setenv("ATALAYA_PORT_BASE", str(platform.port_base))
    return platform


def test_orders_come_back_from_silver_as_they_were_with_the_snapshot(lakehouse: Settings) -> None:
    orders = [order("6000.01", conductor_id="nadia"), order("7.10", currency="USD")]
    snapshot = to_silver(lakehouse, orders)
    with open_lake(lakehouse) as lake:
        found, snapshots = read_orders(lake)
    assert sorted(found, key=lambda one: one.order_id) == orders
    assert snapshots == {TABLE: snapshot, "bronze.diasporacore__remittance_orders": 7}


def test_the_asset_files_once_and_its_checks_pass(lakehouse: Settings) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=2)
    orders = commit(lakehouse, order("12000", "eve", created_at=yesterday))
    snapshot = to_silver(lakehouse, orders)
    for _ in range(2):
        result = dg.materialize([fintrac_eftr])
        assert result.success
        assert all(check.passed for check in result.get_asset_check_evaluations())
    assert result.asset_materializations_for_node("reports__fintrac_eftr")[0].asset_key == EFTR
    (row,) = register(lakehouse)
    assert (row["status"], row["sequence"]) == ("filed", 1)
    with open_lake(lakehouse) as lake:
        tags = {name: tag.snapshot_id for name, tag in lake.catalog.load_table(TABLE).refs().items() if name != "main"}
    assert tags == {f"report.fintrac_eftr.{snapshot}": snapshot}, "expiry keeps what the evidence cites"


def test_an_invalid_report_fails_its_check_and_not_the_run(lakehouse: Settings) -> None:
    orders = [order("12000", "nobody", created_at=datetime.now(UTC) - timedelta(days=2))]
    to_silver(lakehouse, orders)
    assert failed_checks() == {"every_filed_report_is_valid"}
    assert failed_checks() == {"every_filed_report_is_valid"}, (
        "a second run adds no row, and the report is still unfiled"
    )


def test_an_invalid_report_past_its_deadline_is_overdue(lakehouse: Settings) -> None:
    to_silver(lakehouse, [order("12000", "nobody", created_at=datetime.now(UTC) - timedelta(days=40))])
    for _ in range(2):
        assert failed_checks() == {"every_filed_report_is_valid", "no_report_is_overdue"}


def failed_checks() -> set[str]:
    result = dg.materialize([fintrac_eftr])
    assert result.success
    return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}


def test_an_order_of_a_closed_window_that_silver_lacks_is_found(lakehouse: Settings) -> None:
    """The source is what tells: a silver that nobody refreshed looks complete by itself."""
    now = datetime.now(UTC)
    end = closed_until(CANADA, now)
    landed, late, changed = commit(lakehouse, *(order("1", created_at=end - timedelta(hours=1)) for _ in range(3)))
    commit(lakehouse, order("1", created_at=end))
    to_silver(lakehouse, [landed, changed], updated_at=end)
    with psycopg.connect(lakehouse.database_url("operations")) as connection:
        connection.execute("update diasporacore.remittance_orders set updated_at = %s", [end - timedelta(minutes=2)])
    with open_lake(lakehouse) as lake:
        assert uncovered_orders(lakehouse, lake, CANADA, now) == [late.order_id]
    to_silver(lakehouse, [landed, late, changed], updated_at=end - timedelta(minutes=2))
    with psycopg.connect(lakehouse.database_url("operations")) as connection:
        connection.execute(
            "update diasporacore.remittance_orders set updated_at = %s where remittance_order_id = %s",
            [end - timedelta(minutes=1), changed.order_id],
        )
        connection.execute(
            "update diasporacore.remittance_orders set updated_at = %s where remittance_order_id = %s",
            [end, landed.order_id],
        )
    with open_lake(lakehouse) as lake:
        assert uncovered_orders(lakehouse, lake, CANADA, now) == [changed.order_id]


def test_without_silver_the_reader_says_what_to_do(lakehouse: Settings) -> None:
    with open_lake(lakehouse) as lake:
        if lake.find(TABLE) is not None:
            lake.catalog.drop_table(TABLE)
        with pytest.raises(NotFoundError, match="remittance_orders"):
            read_orders(lake)


def test_the_operational_tables_keep_the_names(lakehouse: Settings) -> None:
    """The only place that the report may take names from."""
    (one,) = commit(lakehouse, order("12000", "eve"))
    with psycopg.connect(lakehouse.database_url("operations")) as connection:
        row = connection.execute(
            "select beneficiary_name from diasporacore.remittance_orders where remittance_order_id = %s", [one.order_id]
        ).fetchone()
    assert row == ("Sam Reyes",)


def test_the_layer_offers_the_asset_its_checks_and_its_schedule() -> None:
    repository = definitions.get_repository_def()
    assert EFTR in repository.asset_graph.get_all_asset_keys()
    assert {key.name for key in repository.asset_graph.asset_check_keys} == {
        *("every_filed_report_is_valid", "every_order_was_judged", "every_filed_report_is_explained"),
        "no_report_is_overdue",
        "silver_covers_closed_windows",
    }
    (schedule,) = repository.schedule_defs
    assert (schedule.name, schedule.cron_schedule) == ("fintrac_eftr_daily", "0 6 * * *")
    assert schedule.execution_timezone == "America/Toronto"
