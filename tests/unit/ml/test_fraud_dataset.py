from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.errors import InvalidInputError
from contracts.models import fraud_model
from ml.fraud.dataset import build_dataset
from tests.unit.ml.movements import START, decisions, labels

MODEL = fraud_model()


def moments_of(frame: pd.DataFrame, before: pd.Timestamp) -> int:
    return int((frame["occurred_at"] < before).sum())


def test_training_ends_a_label_maturity_before_validation_starts() -> None:
    frame = decisions()
    dataset = build_dataset(frame, labels(frame), MODEL)
    gap = dataset.boundaries["validation_from"] - dataset.boundaries["train_until"]
    assert gap == MODEL.label_maturity
    assert len(dataset.train.fraud) == moments_of(frame, dataset.boundaries["train_until"])


def test_a_short_history_keeps_half_of_what_lies_before_validation() -> None:
    frame = decisions(days=18)
    dataset = build_dataset(frame, labels(frame, delay_days=1), MODEL)
    half = (dataset.boundaries["validation_from"] - frame["occurred_at"].min()) / 2
    assert abs(dataset.boundaries["validation_from"] - dataset.boundaries["train_until"] - half) < pd.Timedelta(
        seconds=1
    )


def test_a_young_movement_without_a_label_is_left_out_and_a_labelled_one_is_kept() -> None:
    frame = decisions()
    told = labels(frame, delay_days=0)
    dataset = build_dataset(frame, told, MODEL)
    present = max(frame["occurred_at"].max(), told["known_at"].max())
    young = frame["occurred_at"] > present - MODEL.label_maturity
    labelled = frame["transaction_id"].isin(told["transaction_id"])
    expected = int((~young | labelled).sum())
    gap = frame["occurred_at"].between(
        *(dataset.boundaries[name] for name in ("train_until", "validation_from")), "left"
    )
    held = sum(len(part.fraud) for part in (dataset.train, dataset.validation, dataset.test))
    assert held == expected - int(gap.sum())


def test_a_label_that_became_known_after_validation_started_does_not_teach() -> None:
    frame = decisions()
    prompt, late = labels(frame), labels(frame)
    first = build_dataset(frame, prompt, MODEL)
    learnt = frame.loc[frame["occurred_at"] < first.boundaries["train_until"], "transaction_id"]
    known_late = late["transaction_id"].isin(learnt) & (late.index % 2 == 0)
    late.loc[known_late, "known_at"] = first.boundaries["validation_from"] + pd.Timedelta(seconds=1)
    second = build_dataset(frame, late, MODEL)
    assert second.train.frauds == first.train.frauds - int(known_late.sum())


def test_laundering_says_nothing_about_fraud() -> None:
    frame = decisions()
    told = labels(frame)
    laundering = pd.DataFrame(
        {
            "transaction_id": ["t5"],
            "leg": ["debit"],
            "label": ["laundering"],
            "known_at": [START + pd.Timedelta(days=1)],
        }
    )
    with_it = build_dataset(frame, pd.concat([told, laundering]), MODEL)
    assert with_it.train.frauds == build_dataset(frame, told, MODEL).train.frauds


def test_the_latest_label_of_a_movement_counts() -> None:
    frame = decisions()
    told = labels(frame)
    taken_back = told.iloc[[0]].assign(label="legitimate", known_at=told["known_at"].iloc[0] + pd.Timedelta(hours=1))
    dataset = build_dataset(frame, pd.concat([told, taken_back]), MODEL)
    assert dataset.train.frauds == build_dataset(frame, told, MODEL).train.frauds - 1


def test_too_few_frauds_are_refused_by_name() -> None:
    frame = decisions()
    with pytest.raises(InvalidInputError, match="the data holds 0 frauds"):
        build_dataset(frame, labels(frame).iloc[:0], MODEL)
