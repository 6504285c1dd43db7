"""Care on a lakehouse whose catalog is PostgreSQL, while another writer appends as the sink does."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from cli.flow.engines import ask
from contracts.errors import InvalidInputError, NotFoundError
from contracts.lakehouse import load_care
from contracts.settings import Settings
from pipelines.lakehouse.care.compaction import compact
from pipelines.lakehouse.care.definitions import definitions
from pipelines.lakehouse.care.expiry import expire_snapshots
from pipelines.lakehouse.catalog import Lake, open_lake
from tests.unit.pipelines.care.lakes import BRONZE, EVERYTHING, bronze_rows, file_count, sink

pytestmark = pytest.mark.integration

COMMITS = 40


@pytest.fixture
def lake(postgres: Settings) -> Iterator[Lake]:
    with open_lake(postgres) as opened:
        yield opened
        if opened.find(BRONZE):
            opened.catalog.drop_table(BRONZE)


@pytest.fixture
def platform(postgres: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs finds this platform by its environment."""
    monkeypatch.setenv("ATALAYA_STATE", str(postgres.state))
    monkeypatch.setenv("ATALAYA_PORT_BASE", str(postgres.port_base))


def test_compaction_and_expiry_beside_a_writer_lose_nothing_and_keep_nothing_twice(
    lake: Lake, postgres: Settings
) -> None:
    sink(lake, [0])
    failed: list[BaseException] = []

    def write() -> None:
        try:
            with open_lake(postgres) as other:
                for number in range(1, COMMITS):
                    sink(other, [2 * number, 2 * number + 1])
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    compacted = expired = 0
    while writer.is_alive():
        table = lake.catalog.load_table(BRONZE)
        compacted += compact(table, EVERYTHING).files_before
        expired += expire_snapshots(table, timedelta(hours=1), datetime.now(UTC) + timedelta(days=1))
    writer.join()
    assert failed == []
    assert compacted > 0
    assert expired > 0
    assert [row[3] for row in bronze_rows(lake)] == [0, *range(2, 2 * COMMITS)]
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    assert file_count(lake) == 1
    head = lake.head(BRONZE)
    assert head is not None
    assert head.properties["total-records"] == str(2 * COMMITS - 1)


@pytest.mark.usefixtures("platform")
def test_the_layers_asset_compacts_and_tells_it(lake: Lake) -> None:
    for offset in range(10):
        sink(lake, [offset])
    asset = next(
        one for one in definitions.assets or () if isinstance(one, dg.AssetsDefinition) and "bronze" in one.key.path
    )
    result = dg.materialize([asset])
    assert result.success
    metadata = result.asset_materializations_for_node(asset.op.name)[0].metadata
    told = {name: value.value for name, value in metadata.items()}
    assert told["files_compacted"] == 10
    assert told["files_made_of_them"] == 1
    assert told["snapshots_expired"] == told["orphans_removed"] == 0
    assert file_count(lake) == 1


def test_questions_about_then_are_answered_with_the_rows_of_then(lake: Lake, postgres: Settings) -> None:
    before = datetime.now(UTC)
    time.sleep(0.01)
    sink(lake, [0, 1])
    time.sleep(0.01)
    between = datetime.now(UTC)
    time.sleep(0.01)
    sink(lake, [2])
    count = f"select count(*) from {BRONZE}"
    assert ask(postgres, "lakehouse", count, between) == [(2,)]
    assert ask(postgres, "lakehouse", count) == [(3,)]
    with pytest.raises(NotFoundError, match=r"bronze\.events has no snapshot as of"):
        ask(postgres, "lakehouse", count, before)


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        ("warehouse", "select 1"),
        ("lakehouse", "select count(*) from platform.decisions"),
        ("lakehouse", "select count(*) from commits.events"),
    ],
)
def test_what_keeps_no_past_says_so(postgres: Settings, engine: str, sql: str) -> None:
    with pytest.raises(InvalidInputError, match="keeps no past"):
        ask(postgres, engine, sql, datetime.now(UTC))


def test_moments_of_commit_are_told_for_what_was_not_compacted(lake: Lake, postgres: Settings) -> None:
    for offset in range(3):
        sink(lake, [offset])
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    sink(lake, [3])
    assert ask(postgres, "lakehouse", "select count(*) from commits.events") == [(1,)]


@pytest.fixture
def merged(platform: None) -> dg.Definitions:  # noqa: ARG001 - dbt's manifest is made with its secrets
    with warnings.catch_warnings():
        # Dagster's own, about what it calls beta.
        warnings.simplefilter("ignore")
        from pipelines.definitions import definitions as merged  # noqa: PLC0415
    return merged


def test_care_is_a_job_of_its_own_every_night_and_part_of_no_other(merged: dg.Definitions) -> None:
    care = {dg.AssetKey(["care", layer]) for layer in load_care().layers}
    keys = {
        job: set(merged.resolve_job_def(job).asset_layer.selected_asset_keys)
        for job in ("care", "main_line", "refresh")
    }
    assert keys["care"] == care
    assert not (keys["main_line"] | keys["refresh"]) & care
    assert dg.AssetKey(["silver", "labels"]) in keys["main_line"] & keys["refresh"]
    schedules = {schedule.job_name: schedule.cron_schedule for schedule in merged.get_repository_def().schedule_defs}
    assert schedules["care"] == "15 1 * * *"
