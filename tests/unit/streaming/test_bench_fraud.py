"""What the fraud benchmark sends to the kernel and reads from it: contract's events in order of writing, the reference's features."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.errors import ConfigurationError
from contracts.events import validate_event
from contracts.features import load_feature_views
from contracts.settings import Settings
from sources.importing.accepting import AcceptedRows, accept_rows
from sources.importing.mapping import Mapping, load_mapping
from streaming.configuration import staged
from streaming.reference import ReferenceKernel
from tests.bench import bench_fraud
from tests.bench.fraud_history import read_history, records

DAYS, COUNT = 50, 400


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Payments as the book has them: every eighth is fraud, mostly at one terminal."""
    generator = np.random.default_rng(4)
    seconds = np.sort(generator.integers(0, DAYS * 86_400, COUNT))
    terminal = generator.integers(0, 5, COUNT)
    payments = {
        "TRANSACTION_ID": np.arange(COUNT, dtype=np.int32),
        "TX_DATETIME": pd.Timestamp("2018-04-01") + pd.to_timedelta(seconds, unit="s"),
        "CUSTOMER_ID": generator.integers(0, 6, COUNT).astype(np.int32),
        "TERMINAL_ID": terminal.astype(np.int32),
        "TX_AMOUNT": generator.lognormal(4, 1, COUNT).round(2),
        "TX_FRAUD": ((terminal == 0) & (generator.random(COUNT) < 0.6)).astype(np.int8),
    }
    path = tmp_path_factory.mktemp("book") / "payments.parquet"
    pd.DataFrame(payments).to_parquet(path, index=False)
    return path


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return load_mapping("fraud_handbook")


@pytest.fixture(scope="module")
def accepted(file: Path, mapping: Mapping) -> AcceptedRows:
    return accept_rows(file, mapping)


@pytest.fixture(scope="module")
def events(accepted: AcceptedRows, mapping: Mapping) -> list[dict[str, Any]]:
    return [json.loads(json.loads(record)["value"]) for record in records(accepted, mapping)]


def test_every_event_keeps_the_contract(events: list[dict[str, Any]]) -> None:
    for event in events:
        validate_event(event)


def test_events_come_in_the_order_in_which_they_were_written(events: list[dict[str, Any]]) -> None:
    times = [event["time"] for event in events]
    assert times == sorted(times)


def test_a_label_is_told_when_its_delay_is_over(events: list[dict[str, Any]], accepted: AcceptedRows) -> None:
    labels = [event["data"] for event in events if event["type"] == "label.recorded.v1"]
    spans = {pd.Timestamp(label["known_at"]) - pd.Timestamp(label["occurred_at"]) for label in labels}
    assert spans == {pd.Timedelta(days=7)}
    end = accepted.rows["occurred_at"].iloc[-1]
    told = accepted.fraud & (accepted.rows["occurred_at"] + pd.Timedelta(days=7) <= end).to_numpy()
    assert {label["transaction_id"] for label in labels} == set(accepted.rows["transaction_id"][told])


def test_the_features_are_the_reference_s(file: Path, events: list[dict[str, Any]], tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    history = read_history(settings, file, "fraud_handbook", date(2018, 4, 11), date(2018, 6, 1))
    reference = ReferenceKernel(staged([view.as_kernel_json() for view in load_feature_views()]))
    expected = []
    for event in events:
        if event["type"] == "label.recorded.v1":
            reference.tell(event["data"])
        else:
            taken = reference.take(event["data"])
            assert taken is not None
            expected.append([np.nan if taken[name] is None else taken[name] for name in history.names])
    rows = np.arange(history.first, len(history.rows))
    kept = np.array(expected, dtype=np.float64)[history.first :]
    np.testing.assert_allclose(history.inputs(rows, history.names), kept.astype(np.float32), rtol=1e-6)
    shares = history.inputs(rows, ["terminal__fraud_share_30d"])
    assert 0 < history.first < len(rows)
    assert np.nanmax(shares) > 0
    again = read_history(settings, file, "fraud_handbook", date(2018, 4, 11), date(2018, 6, 1))
    np.testing.assert_array_equal(again.features, history.features)


def test_a_row_that_breaks_the_contract_is_counted_and_left_out(file: Path, tmp_path: Path) -> None:
    broken = pd.read_parquet(file)
    broken.loc[3, "TX_AMOUNT"] = 0.0
    broken.to_parquet(tmp_path / "broken.parquet", index=False)
    settings = Settings(state=tmp_path)
    history = read_history(settings, tmp_path / "broken.parquet", "fraud_handbook", date(2018, 5, 1), date(2018, 5, 10))
    assert history.rejected == 1
    assert "fh-3" not in set(history.rows["transaction_id"])


def test_without_its_data_the_benchmark_says_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fraud_handbook_transactions"):
        bench_fraud.measure(Settings(state=tmp_path, bench_data=tmp_path))
