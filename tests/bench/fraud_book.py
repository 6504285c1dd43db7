"""The book's features and its two best models, as controls: XGBoost by grid and balanced bagging of decision trees.

Features (ch. 3): amount, weekend, night, and over 1, 7 and 30 days count and mean amount of the customer (the payment itself included), count and
share of frauds of the terminal, as of seven days before. Grids: ch. 5 (XGBoost) and ch. 6 (balanced bagging).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_WINDOWS = tuple(timedelta(days=days) for days in (1, 7, 30))
_DELAY = timedelta(days=7)
_SATURDAY, _NIGHT_ENDS = 5, 6  # the book counts the hour of six as night
_THREADS = 2  # neither fit depends on it

Settings = Mapping[str, Any]
XGBOOST: tuple[Settings, ...] = tuple(
    {"max_depth": depth, "n_estimators": trees, "learning_rate": rate}
    for depth, trees, rate in itertools.product((3, 6, 9), (25, 50, 100), (0.1, 0.3))
)
BAGGING: tuple[Settings, ...] = tuple({"sampling_strategy": share} for share in (0.02, 0.05, 0.1, 0.5, 1.0))


@dataclass(frozen=True)
class Control:
    """One of the book's models: its grid, and how it is fitted with settings and a seed, if it draws anything, and then scores rows."""

    name: str
    grid: tuple[Settings, ...]
    classifier: Callable[[Settings, int], Any]
    seeded: bool

    def scores(
        self, chosen: Settings, seed: int, train: Numbers, fraud: npt.NDArray[np.bool_], rows: Numbers
    ) -> Numbers:
        """Fraud probabilities of `rows` after training."""
        fitted = self.classifier(chosen, seed).fit(train, fraud.astype(np.int64))
        return np.asarray(fitted.predict_proba(rows)[:, 1], dtype=np.float64)


def controls() -> tuple[Control, ...]:
    """Both of them."""
    return (Control("xgboost", XGBOOST, _xgboost, seeded=False), Control("bagging", BAGGING, _bagging, seeded=True))


def _xgboost(chosen: Settings, seed: int) -> Any:  # noqa: ANN401 - a classifier of a library without types
    # As the library of the book's day did by itself: exact splits, from even odds. Later ones start from the share of frauds, where a leaf
    # needs a hundred legitimate payments to weigh enough, and lose average precision by it.
    classifier = import_module("xgboost").XGBClassifier
    return classifier(**chosen, tree_method="exact", base_score=0.5, random_state=seed, n_jobs=_THREADS)


def _bagging(chosen: Settings, seed: int) -> Any:  # noqa: ANN401 - a classifier of a library without types
    return import_module("imblearn.ensemble").BalancedBaggingClassifier(
        estimator=import_module("sklearn.tree").DecisionTreeClassifier(max_depth=20, random_state=seed),
        n_estimators=100,
        bootstrap=True,
        sampler=import_module("imblearn.under_sampling").RandomUnderSampler(),
        random_state=seed,
        n_jobs=_THREADS,
        **chosen,
    )


def book_features(rows: pd.DataFrame, fraud: npt.NDArray[np.bool_]) -> Numbers:
    """One row for each payment of `rows` (occurred_at, customer_id, terminal_id, amount), which are in order of time."""
    local = rows["occurred_at"].dt
    at = _micros(rows["occurred_at"])
    columns: list[npt.NDArray[Any]] = [
        rows["amount"].to_numpy(),
        local.weekday.to_numpy() >= _SATURDAY,
        local.hour.to_numpy() <= _NIGHT_ENDS,
    ]
    customers = _Groups(pd.factorize(rows["customer_id"])[0], at)
    for window in _WINDOWS:
        count = customers.sums(np.ones(len(rows)), window)
        columns += [count, customers.sums(rows["amount"].to_numpy(), window) / count]
    terminals = _Groups(pd.factorize(rows["terminal_id"])[0], at)
    for window in _WINDOWS:
        count, frauds = (
            terminals.sums(values, _DELAY + window) - terminals.sums(values, _DELAY)
            for values in (np.ones(len(rows)), fraud.astype(np.float64))
        )
        columns += [count, np.divide(frauds, count, out=np.zeros(len(rows)), where=count > 0)]
    return np.column_stack(columns).astype(np.float64)


def _micros(times: pd.Series) -> Counts:
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.asarray(naive.astype(np.int64))


class _Groups:
    """Sums over what a group did in a window that ends with each of its rows, that row included, its beginning not."""

    def __init__(self, groups: Counts, at: Counts) -> None:
        """Rows are in order of time; `at` in microseconds."""
        self._order = np.lexsort((np.arange(len(at)), groups))
        self._at, span = at[self._order] - at.min(), int(at.max() - at.min()) + 1
        self._span = span
        self._groups = groups[self._order]

    def sums(self, values: Numbers, window: timedelta) -> Numbers:
        """One sum for each row, by one search: keys of groups lie a whole span and window apart."""
        running = np.concatenate([[0.0], np.cumsum(values[self._order])])
        reach = window // timedelta(microseconds=1)
        width = self._span + reach + 1
        keys = self._groups * width + self._at
        begins = np.searchsorted(keys, self._groups * width + np.maximum(self._at - reach, -1), side="right")
        found = np.empty(len(values))
        found[self._order] = running[np.arange(1, len(values) + 1)] - running[begins]
        return found
