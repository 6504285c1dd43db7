"""The fraud model's data: decisions joined with labels by movement, split by time, never by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.models import FraudModel

MOVEMENT = ["transaction_id", "leg"]


@dataclass(frozen=True)
class Part:
    """One span of time. `inputs` is float32 as the served model reads it; `judged` marks the kinds that count.

    `account` numbers whose each movement is, from 0: an account's movements are not independent.
    """

    inputs: npt.NDArray[np.float32]
    fraud: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    amount_usd_minor: npt.NDArray[np.float64]
    account: npt.NDArray[np.intp]

    @property
    def frauds(self) -> int:
        """How many rows are fraud."""
        return int(self.fraud.sum())

    def judged_only(self) -> Part:
        """The rows of the judged kinds."""
        keep = self.judged
        return Part(
            self.inputs[keep], self.fraud[keep], self.judged[keep], self.amount_usd_minor[keep], self.account[keep]
        )


@dataclass(frozen=True)
class FraudDataset:
    """Training, validation and test in time order, with the gap that keeps late labels out of training.

    `recent` are all movements since validation began, labelled or not: what later ones are compared with. Its `fraud` says nothing.
    """

    train: Part
    validation: Part
    test: Part
    recent: Part
    boundaries: dict[str, pd.Timestamp]


def label_movements(decisions: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Decisions with `fraud` (bool) and `known_at`, for the mature and the labelled.

    A movement is fraud by its latest fraud or legitimate label; laundering is another question and says nothing here.
    The present is the latest moment that the data know, so that the same data give the same training set.
    """
    told = labels[labels["label"].isin(["fraud", "legitimate"])].sort_values("known_at", kind="stable")
    told = told.drop_duplicates(MOVEMENT, keep="last")[[*MOVEMENT, "label", "known_at"]]
    return decisions.merge(told, on=MOVEMENT, how="left", validate="many_to_one")


def build_dataset(decisions: pd.DataFrame, labels: pd.DataFrame, model: FraudModel) -> FraudDataset:
    """The split of the mature history; raises InvalidInputError when a part holds too few frauds to learn or judge.

    The shares of the split are shares of the judged frauds: fraud comes in waves, and a part without any judges nothing.
    """
    if decisions.empty:
        raise InvalidInputError("there is no decision to learn from", field="features.transaction_activity")
    rows = label_movements(decisions, labels)
    present = max(moment for moment in (rows["occurred_at"].max(), labels["known_at"].max()) if not pd.isna(moment))
    maturity = model.label_maturity
    rows = rows[rows["label"].notna() | (rows["occurred_at"] <= present - maturity)]
    rows = rows.sort_values(["occurred_at", "transaction_id", "leg", "attempt"], kind="stable")
    rows = rows.assign(fraud=rows["label"].eq("fraud"))
    frauds = rows[rows["fraud"] & rows["kind"].isin(model.judged_kinds)]
    if len(frauds) < model.training.minimum_frauds:
        raise _too_few("data", len(frauds), model.training.minimum_frauds)
    validation_from = _moment_at(frauds, model.split.validation_from)
    test_from = _moment_at(frauds, model.split.test_from)
    train_until = validation_from - _gap(rows["occurred_at"].min(), validation_from, maturity)
    occurred = rows["occurred_at"]
    known_later = rows["known_at"] > validation_from
    train = rows[occurred < train_until]
    train = train.assign(fraud=train["fraud"] & ~known_later[train.index])
    parts = {
        "train": train,
        "validation": rows[(occurred >= validation_from) & (occurred < test_from)],
        "test": rows[occurred >= test_from],
        "recent": decisions[decisions["occurred_at"] >= validation_from].assign(fraud=False),
    }
    until = decisions["occurred_at"].max()
    dataset = FraudDataset(
        **{name: _part(part, model) for name, part in parts.items()},
        boundaries={
            "train_until": train_until,
            "validation_from": validation_from,
            "test_from": test_from,
            "data_until": until,
        },
    )
    _check_frauds(dataset, model)
    return dataset


def _moment_at(rows: pd.DataFrame, share: float) -> pd.Timestamp:
    return rows["occurred_at"].iloc[int(len(rows) * share)]


def _gap(start: pd.Timestamp, validation_from: pd.Timestamp, maturity: timedelta) -> timedelta:
    """The maturity, or half of what lies before validation where history is too short for that."""
    half: timedelta = (validation_from - start).to_pytimedelta() / 2
    return min(maturity, half)


def _part(rows: pd.DataFrame, model: FraudModel) -> Part:
    return Part(
        inputs=rows[list(model.inputs)].astype("float64").to_numpy(dtype=np.float32),
        fraud=rows["fraud"].to_numpy(dtype=np.bool_),
        judged=rows["kind"].isin(model.judged_kinds).to_numpy(dtype=np.bool_),
        amount_usd_minor=rows["amount_usd_minor"].to_numpy(dtype=np.float64),
        account=pd.factorize(rows["account_id"])[0],
    )


def _check_frauds(dataset: FraudDataset, model: FraudModel) -> None:
    least = model.training.minimum_frauds
    wanted = {"train": least, "validation": least // 2, "test": least // 2}
    for name, count in wanted.items():
        part: Part = getattr(dataset, name)
        found = part.frauds if name == "train" else part.judged_only().frauds
        if found < max(count, 1):
            raise _too_few(f"{name} part", found, max(count, 1))


def _too_few(where: str, found: int, wanted: int) -> InvalidInputError:
    return InvalidInputError(
        f"the {where} holds {found} frauds, {wanted} are needed",
        field="labels",
        hint="Load more history, or wait until labels have arrived.",
    )
