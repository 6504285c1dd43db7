"""The behaviour card's data: open loans on observation days, with whether a default followed within the outcome window."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.models.behaviour import BehaviourModel, HeldOut
from ml.credit.dataset import CreditDataset, feature_frame

_LOAN = ["tenant_id", "loan_id"]


@dataclass(frozen=True)
class Observations:
    """A row for each loan and day on which it was open, with the model's columns as they were known then.

    Beside them: tenant_id, loan_id, borrower, `observed_at` (the first moment after the day, UTC) and `defaulted_at`, which only
    outcomes are made from. `present` is the last moment that the data know: an outcome window that ends later is still open.
    """

    rows: pd.DataFrame
    present: pd.Timestamp


def defaults_within(rows: pd.DataFrame, model: BehaviourModel) -> pd.Series:
    """Whether each loan defaulted within the outcome window that begins when it was observed."""
    return rows["defaulted_at"] < rows["observed_at"] + model.outcome_window


def build_behaviour_dataset(observed: Observations, model: BehaviourModel) -> CreditDataset:
    """Observations whose window is over, of which those that the model says are held out.

    Raises InvalidInputError where too few loans defaulted: a loan counts once, however often it was observed before.
    """
    known = observed.rows[observed.rows["observed_at"] + model.outcome_window <= observed.present]
    if known.empty:
        raise InvalidInputError(
            f"no loan was observed {model.outcome_window.days} days ago or earlier",
            field=f"{model.app}.{model.table}",
            hint="Load more history.",
        )
    known = known.sort_values(["observed_at", *_LOAN], kind="stable")
    frame = feature_frame(known, model).assign(default=defaults_within(known, model))
    train, test = _PARTS[model.held_out](known, model)
    least = model.training.minimum_defaults
    for name, part, wanted in (("train", train, least), ("test", test, least // 4)):
        _refuse_few_defaults(name, known[part], frame[part], max(wanted, 1), model)
    return CreditDataset(frame[train], frame[test], known.loc[test, "observed_at"].min(), model.held_out)


def _later(known: pd.DataFrame, model: BehaviourModel) -> tuple[pd.Series, pd.Series]:
    """Those before and from a day on; no window of the training part reaches into the test part, and what lies between is left out."""
    test_from = known["observed_at"].iloc[int(len(known) * model.training.test_from)]
    return known["observed_at"] + model.outcome_window <= test_from, known["observed_at"] >= test_from


def _borrowers(known: pd.DataFrame, model: BehaviourModel) -> tuple[pd.Series, pd.Series]:
    """Those of some borrowers and of the others; whose side a borrower is on hangs on nobody else, and stays as history grows."""
    places = {borrower: _place(borrower, model.training.seed) for borrower in known["borrower"].unique()}
    taught = known["borrower"].map(places) < model.training.test_from
    return taught, ~taught


def _place(borrower: str, seed: int) -> float:
    """From 0 to 1, evenly."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{borrower}".encode()).digest()[:8]) / 2**64


_PARTS: dict[HeldOut, Callable[[pd.DataFrame, BehaviourModel], tuple[pd.Series, pd.Series]]] = {
    "later": _later,
    "borrowers": _borrowers,
}


def _refuse_few_defaults(name: str, rows: pd.DataFrame, frame: pd.DataFrame, least: int, model: BehaviourModel) -> None:
    loans = len(rows.loc[frame["default"], _LOAN].drop_duplicates())
    if loans < least or frame["default"].all():
        raise InvalidInputError(
            f"in the {name} part {loans} loans defaulted, in {len(rows)} observations; at least {least} are needed",
            field=f"{model.app}.{model.table}.defaulted_at",
            hint="Load more history.",
        )
