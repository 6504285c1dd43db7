"""The protocol of the Fraud Detection Handbook (ch. 5): prequential folds, cards known as defrauded left out, three metrics.

Re-implemented from the book's text (its code is GPL-3.0). Figures of the book: `BOOK`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

WEEK = 7  # days of training, of delay and of assessment
FOLDS = 4
ALERTS_A_DAY = 100
_REFERENCE = date(2018, 7, 25)

# Training starts of the folds, the latest first, as prequential folds step back in time.
TEST_STARTS = tuple(_REFERENCE + timedelta(days=WEEK * (FOLDS - 1 - fold)) for fold in range(FOLDS))
VALIDATION_STARTS = tuple(_REFERENCE - timedelta(days=WEEK * (2 + fold)) for fold in range(FOLDS))
KEPT_FROM = VALIDATION_STARTS[-1]
END = TEST_STARTS[0] + timedelta(days=3 * WEEK)

METRICS = ("auc_roc", "average_precision", "card_precision_100")
# The book's best with settings chosen on validation; each is another model's (balanced bagging, XGBoost, balanced bagging).
BOOK = {"auc_roc": 0.879, "average_precision": 0.687, "card_precision_100": 0.305}


@dataclass(frozen=True)
class Fold:
    """Row numbers of the training and of the assessed week, in order of time."""

    start: date
    train: npt.NDArray[np.intp]
    assess: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Payments:
    """What the protocol reads of each payment: `day` is counted from 1970, `card` is a number for each customer."""

    day: npt.NDArray[np.int64]
    card: npt.NDArray[np.int64]
    fraud: Mask

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> Payments:
        """Those of the rows."""
        return Payments(self.day[rows], self.card[rows], self.fraud[rows])


def payments(occurred_at: pd.Series, customer_id: pd.Series, fraud: Mask) -> Payments:
    """Columns of a history as the protocol reads them; days are days of UTC, as the book's are of its own clock."""
    naive = occurred_at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return Payments(
        naive.astype("datetime64[D]").astype(np.int64), pd.factorize(customer_id)[0].astype(np.int64), fraud
    )


def fold(history: Payments, start: date) -> Fold:
    """A week to train on, a week whose labels are not known yet, and a week to be judged by.

    On each day of the judged week, cards are left out that the training week, or the delay week up to the day before seven days earlier,
    has shown to be defrauded.
    """
    first = (start - date(1970, 1, 1)).days
    training = (history.day >= first) & (history.day < first + WEEK)
    known = set(history.card[training & history.fraud].tolist())
    assessed = []
    for day in range(WEEK):
        told = (history.day == first + WEEK + day - 1) & history.fraud
        known |= set(history.card[told].tolist())
        rows = np.flatnonzero(history.day == first + 2 * WEEK + day)
        assessed.append(rows[~np.isin(history.card[rows], list(known))])
    return Fold(start, np.flatnonzero(training), np.concatenate(assessed))


def assess(scores: Numbers, judged: Payments) -> dict[str, float]:
    """The book's three metrics over one assessed week."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    return {
        "auc_roc": float(roc_auc_score(judged.fraud, scores)),
        "average_precision": float(average_precision_score(judged.fraud, scores)),
        "card_precision_100": card_precision(scores, judged),
    }


def card_precision(scores: Numbers, judged: Payments, alerts: int = ALERTS_A_DAY) -> float:
    """Mean over the days of the share of defrauded cards among the `alerts` cards of the highest scores of a day.

    A card that was found is not looked at again. Equal scores are taken in the order of cards.
    """
    found: set[int] = set()
    shares = []
    for day in np.unique(judged.day):
        rows = np.flatnonzero(judged.day == day)
        rows = rows[~np.isin(judged.card[rows], list(found))]
        cards, places = np.unique(judged.card[rows], return_inverse=True)
        highest = np.full(len(cards), -np.inf)
        np.maximum.at(highest, places, scores[rows])
        defrauded = np.zeros(len(cards), dtype=np.bool_)
        np.logical_or.at(defrauded, places, judged.fraud[rows])
        top = np.argsort(-highest, kind="stable")[:alerts]
        caught = top[defrauded[top]]
        found |= set(cards[caught].tolist())
        shares.append(len(caught) / alerts)
    return float(np.mean(shares))


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def paired_difference(ours: Numbers, theirs: Numbers) -> Difference:
    """Of metrics with a row for each fold and a column for each seed.

    Seeds of one fold judge the same payments, so they do not count as independent: the interval is Student's over the folds' means
    (one-way random effects, balanced: their spread holds the folds' variance and what the seeds leave).
    """
    from scipy.stats import t  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

    means = (ours - theirs).mean(axis=1)
    reach = float(t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means)))
    middle = float(means.mean())
    return Difference(middle, middle - reach, middle + reach)


def beside_book(metrics: Mapping[str, float]) -> float:
    """One number to choose settings by: the mean over the metrics of each over the book's best."""
    return float(np.mean([metrics[name] / BOOK[name] for name in METRICS]))
