"""Windows of served decisions in a small lakehouse: what is found is written down, and the checks name what alarmed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow

from contracts.models import fraud_model
from contracts.models.monitoring import model_monitoring
from contracts.settings import Settings
from ml.fraud.run import train_fraud
from ml.governance.publication import publish
from pipelines.features.activity import activity_columns
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.specification import find_silver
from pipelines.models.findings import table_of
from pipelines.models.monitoring import (
    MONITORING,
    PERFORMANCE,
    POPULATION,
    refresh_monitoring,
    verdict,
)
from tests.unit.ml.movements import decisions, labels

KEY = dg.AssetKey(["models", "fraud_monitoring"])
TABLE = table_of("fraud")
LEARNT_DAYS, SERVED_DAYS = 60, 23  # from Saturday, 1 August on: three whole weeks of service end on 18 October
MOVED = "account__sum_debit_24h"


@pytest.fixture(scope="module")
def champion() -> bytes:
    frame = as_logged(decisions(days=LEARNT_DAYS))
    return train_fraud(frame, labels(frame)).content


@pytest.fixture
def settings(tmp_path: Path, champion: bytes) -> Settings:
    found = Settings(state=tmp_path)
    publish(champion, found, "fraud")
    return found


def as_logged(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers where the kernel logs whole numbers."""
    whole = [column.name for column in activity_columns() if column.kind == "integer" and column.name in frame.columns]
    return frame.assign(**{name: frame[name].round() for name in whole})


def served(seed: int = 5) -> pd.DataFrame:
    frame = as_logged(decisions(count=6000, days=SERVED_DAYS, seed=seed)).assign(origin="live")
    moved_on = frame["occurred_at"] + pd.Timedelta(days=LEARNT_DAYS)
    return frame.assign(transaction_id="live-" + frame["transaction_id"], occurred_at=moved_on)


def hold(lake: Lake, table: str, columns: tuple[SilverColumn, ...], frame: pd.DataFrame) -> None:
    schema = schema_to_pyarrow(iceberg_schema(columns), include_field_ids=False)
    told = {
        column.name: _values(frame[column.name], whole=column.kind == "integer")
        for column in columns
        if column.name in frame.columns
    }
    rows = [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
    lake.replace(table, pa.Table.from_pylist(rows, schema), columns, {})


def _values(column: pd.Series, *, whole: bool) -> list[Any]:
    known = column.astype(object).where(column.notna(), None).tolist()
    return [None if value is None else round(float(value)) for value in known] if whole else known


def fill(lake: Lake, frame: pd.DataFrame, shadow: Mapping[str, object] | None = None) -> None:
    """The tables as the layers before leave them."""
    told = labels(frame).assign(label_id=lambda known: "label-" + known["transaction_id"])
    hold(lake, "features.transaction_activity", activity_columns(), frame)
    hold(lake, "silver.decisions", find_silver("silver.decisions").stored, frame.assign(**dict(shadow or {})))
    hold(lake, "silver.labels", find_silver("silver.labels").stored, told)


def rows_of(lake: Lake, condition: str = "true") -> list[tuple[Any, ...]]:
    lake.attach(TABLE)
    found = lake.session.execute(f"select family, subject, alarm, window_start from {TABLE} where {condition}")
    return found.fetchall()


def test_each_week_that_is_over_is_examined_by_the_version_made_before_it(lake: Lake, settings: Settings) -> None:
    fill(lake, served())
    examined = refresh_monitoring(lake, settings, "fraud")
    assert [one.window.start.date().isoformat() for one in examined] == ["2026-10-05", "2026-10-12"]
    drifts = {finding.subject for finding in examined[-1].of("drift")}
    assert drifts == {"score", *fraud_model().inputs}
    assert {one.model_version for one in examined} == {
        file.stem for file in (settings.models_directory / "fraud" / "served").glob("*.onnx")
    }
    assert len(rows_of(lake, "family = 'drift'")) == 2 * len(drifts)


def test_a_clean_week_passes_both_checks(lake: Lake, settings: Settings) -> None:
    fill(lake, served())
    examined = refresh_monitoring(lake, settings, "fraud")
    for check, family in ((POPULATION, "drift"), (PERFORMANCE, "performance")):
        found = verdict(KEY, check, family, examined)
        assert found.passed, found.description
    assert examined[0].of("performance")
    assert not examined[-1].of("performance")  # its labels are younger than they must be
    assert rows_of(lake, "alarm") == []


def test_an_input_that_moved_is_named_with_its_value_and_its_critical_value(lake: Lake, settings: Settings) -> None:
    frame = served()
    last = frame["occurred_at"] >= pd.Timestamp("2026-10-12", tz="UTC")
    frame.loc[last, MOVED] = 4 * frame.loc[last, MOVED] + 10
    fill(lake, frame)
    examined = refresh_monitoring(lake, settings, "fraud")
    found = verdict(KEY, POPULATION, "drift", examined)
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.description is not None
    assert f"{MOVED} is " in found.description
    assert "critical value" in found.description
    assert found.metadata["window_start"].value == "2026-10-12T00:00:00+00:00"
    assert {subject for _, subject, _, _ in rows_of(lake, "alarm")} >= {MOVED}


def test_loaded_history_is_no_service(lake: Lake, settings: Settings) -> None:
    fill(lake, served().assign(origin="history"))
    examined = refresh_monitoring(lake, settings, "fraud")
    assert examined == []
    found = verdict(KEY, POPULATION, "drift", examined)
    assert found.passed
    assert found.metadata["judged"].value == "no window yet"


def test_a_quiet_week_is_told_as_not_judged(lake: Lake, settings: Settings) -> None:
    frame = served()
    few = frame.iloc[:: len(frame) // (2 * model_monitoring("fraud").minimum_rows)]
    fill(lake, few)
    found = verdict(KEY, POPULATION, "drift", refresh_monitoring(lake, settings, "fraud"))
    assert found.passed
    assert "rows" in str(found.metadata["not_judged"].value)


def test_the_challenger_s_scores_are_compared_from_what_was_logged(lake: Lake, settings: Settings) -> None:
    frame = served()
    fill(lake, frame, {"shadow_score": frame["amount_usd_minor"] / 1e6, "shadow_model_version": "fraud-other"})
    examined = refresh_monitoring(lake, settings, "fraud")
    assert {finding.subject for finding in examined[0].of("shadow")} == {
        "alerts_in_common",
        "auc_delta",
        "average_precision_delta",
    }
    assert [finding.subject for finding in examined[-1].of("shadow")] == ["alerts_in_common"]


def test_what_was_found_of_settled_windows_stays_and_the_rest_is_found_anew(lake: Lake, settings: Settings) -> None:
    fill(lake, served())
    refresh_monitoring(lake, settings, "fraud")
    before = rows_of(lake)
    refresh_monitoring(lake, settings, "fraud")
    assert sorted(rows_of(lake), key=str) == sorted(before, key=str)
    later = served(seed=8)
    fill(lake, later.assign(occurred_at=later["occurred_at"] + pd.Timedelta(days=70)))
    refresh_monitoring(lake, settings, "fraud")
    assert {row[3] for row in before} < {row[3] for row in rows_of(lake)}


@pytest.mark.parametrize("asset", MONITORING.values())
def test_every_model_is_watched_in_the_group_of_models(asset: dg.AssetsDefinition) -> None:
    assert {key.name for key in asset.check_keys} == {POPULATION, PERFORMANCE}
    assert set(asset.group_names_by_key.values()) == {"models"}
