"""What a run of the fraud model leaves for its reviewers, and what travels with the model for those who watch it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.models import fraud_model
from contracts.models.files import served_folder
from contracts.settings import Settings
from ml.champions import Champion
from ml.fraud.attribution import attributor
from ml.fraud.reasons import first_reasons
from ml.fraud.review import review
from ml.fraud.run import Trained, train_fraud
from ml.fraud.training import predict, train_booster
from ml.governance.card import model_card
from ml.governance.in_charge import Served
from ml.governance.publication import publish
from ml.governance.reference import WATCHED, Reference
from tests.unit.ml.movements import decisions, labels

DECLARED = fraud_model()


@pytest.fixture(scope="module")
def trained() -> Trained:
    frame = decisions()
    return train_fraud(frame, labels(frame))


def test_a_run_leaves_its_tables_and_charts(trained: Trained) -> None:
    files = trained.review.files()
    tables = {"calibration", "gains", "stability", "segments", "reasons"}
    assert set(files) == {*(f"{name}.csv" for name in tables), "calibration.svg", "gains.svg"}
    stability = files["stability.csv"].splitlines()
    assert stability[0] == "column,index,critical,bins,shifted"
    assert [line.partition(",")[0] for line in stability[1:]] == ["score", *DECLARED.inputs]


def test_every_headline_figure_has_its_interval_and_the_card_tells_both(trained: Trained) -> None:
    headline = ("auc", "gini", "kolmogorov_smirnov", "average_precision", "brier", "precision_at_budget")
    for name in (*headline, "calibration_error"):
        assert trained.metrics[f"{name}_low"] <= trained.metrics[f"{name}_high"]
    card = model_card("Fraud", "Purpose", {}, trained.metrics, trained.gate, [])
    low, high = trained.metrics["auc_low"], trained.metrics["auc_high"]
    assert f"| auc | {trained.metrics['auc']:.6g} | {low:.6g} to {high:.6g} |" in card
    assert "auc_low" not in card


def test_an_input_that_moves_between_training_and_held_out_time_is_in_the_table() -> None:
    frame = decisions()
    told = labels(frame)
    later = frame["occurred_at"] >= frame["occurred_at"].quantile(0.75)
    frame.loc[later, "account__sum_debit_1h"] = 5 * frame.loc[later, "account__sum_debit_1h"]
    shifted = train_fraud(frame, told).review.stability
    assert {name for name, found in shifted.items() if found.shifted} == {"account__sum_debit_1h"}


def test_the_first_reason_of_an_alert_is_the_group_that_spoke_most_for_fraud(trained: Trained) -> None:
    booster, part = train_booster(trained.dataset, DECLARED), trained.dataset.test.judged_only()
    scores = predict(booster, part.inputs)
    told = first_reasons(booster, part, scores, DECLARED)
    assert len(told.codes) == round(len(scores) * DECLARED.decision.alert_budget)
    exact = attributor(trained.content)
    assert exact is not None
    for code, row in zip(told.codes, np.argsort(-scores, kind="stable"), strict=False):
        sums: dict[str, float] = {}
        for name, value in zip(DECLARED.inputs, exact.attribute(part.inputs[row]).added, strict=True):
            group = DECLARED.reasons.group_of(name)
            assert group is not None
            sums[group.code] = sums.get(group.code, 0.0) + float(value)
        assert sums[code] == pytest.approx(max(sums.values()), abs=1e-6)


def test_reasons_that_change_are_told_by_an_index_above_its_critical_value(trained: Trained) -> None:
    booster, dataset = train_booster(trained.dataset, DECLARED), trained.dataset
    silent = dataset.test.inputs.copy()
    silent[:, [name.startswith(("transaction__amount", "account__ratio")) for name in DECLARED.inputs]] = 0.0
    changed = replace(dataset, test=replace(dataset.test, inputs=silent))
    many = DECLARED.model_copy(update={"decision": DECLARED.decision.model_copy(update={"alert_budget": 0.3})})
    found = review(booster, changed, many).reasons
    assert found.stability.shifted
    assert not review(booster, dataset, many).reasons.stability.shifted
    assert sum(found.later.values()) == pytest.approx(1)


def test_the_reference_travels_inside_the_model(trained: Trained) -> None:
    reference = Reference.of(Champion(trained.content))
    assert reference is not None
    frame = decisions()
    assert reference.until == frame["occurred_at"].max().to_pydatetime()
    recent = frame[frame["occurred_at"] >= trained.dataset.boundaries["validation_from"]]
    assert set(reference.columns) == {"score", *DECLARED.inputs}
    assert all(column.counts.sum() == len(recent) for column in reference.columns.values())
    missing = recent["account__sum_debit_1h"].isna().sum()
    assert reference.columns["account__sum_debit_1h"].counts[-1] == missing
    assert set(reference.figures) == set(WATCHED)
    assert reference.figures["auc"].value == trained.metrics["auc"]


def test_in_charge_of_a_window_is_the_latest_version_made_from_nothing_later(
    trained: Trained, settings_with_models: Settings
) -> None:
    frame = decisions(seed=4)
    frame["occurred_at"] += pd.Timedelta(days=20)
    newer = train_fraud(frame, labels(frame))
    for content in (trained.content, newer.content):
        publish(content, settings_with_models, "fraud")
    served = Served(settings_with_models, "fraud")
    ends = [Reference.of(Champion(content)) for content in (trained.content, newer.content)]
    assert ends[0] is not None
    assert ends[1] is not None
    for moment, version in ((ends[1].until, newer.version), (ends[0].until, trained.version)):
        for asked in (served, Served(settings_with_models, "fraud")):
            found = asked.in_charge(moment)
            assert found is not None
            assert found[0].version == version
    assert served.in_charge(ends[0].until - pd.Timedelta(seconds=1)) is None
    assert len(list(served_folder(settings_with_models, "fraud").glob("*.onnx"))) == 2


@pytest.fixture
def settings_with_models(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state=tmp_path_factory.mktemp("state"))
