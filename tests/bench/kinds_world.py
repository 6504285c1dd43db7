"""A planted world as the kernel decides it: of every movement its features, the rules that held, and what was planted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import orjson
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import PermanentError
from contracts.models import fraud_model
from contracts.settings import Settings
from sources.workload.banking import build_banking
from sources.workload.calendars import Calendar
from sources.workload.columns import Columns, stack
from sources.workload.planting.shapes import USUAL, Shapes
from sources.workload.sizes import HISTORY_DAYS, Size
from sources.workload.suite import build_suite
from tests.bench.kernel_run import decided
from tests.bench.kinds_events import Json, Told, told

_KEY = ("transaction_id", "leg", "attempt")
_OF_MOVEMENT = (*_KEY, "account_id", "occurred_at", "kind", "amount_usd_minor")


@dataclass(frozen=True)
class Watched:
    """`decisions` as `train_fraud` takes them, with `rules` (the ids that held), `planted` and `case` ('' for nothing) beside; its labels."""

    decisions: pd.DataFrame
    labels: pd.DataFrame


def watched(settings: Settings, seed: int, size: Size, as_of: datetime, shapes: Shapes = USUAL) -> Watched:
    """The two systems in which something is planted, 120 days of them; the same arguments give the same.

    Raises PermanentError when the kernel does not decide every movement in its turn.
    """
    calendar = Calendar(as_of, HISTORY_DAYS)
    bank, suite = (build(seed, size, calendar, shapes) for build in (build_banking, build_suite))
    said = told(bank.tables, suite.tables)
    decisions = _decisions(settings, said)
    truth = stack([bank.truth, suite.truth])
    return Watched(_marked(decisions, truth, seed), _labels(said))


def together(worlds: Iterable[Watched]) -> Watched:
    """The rows of several worlds, whose names are their seeds' own."""
    all_of_them = list(worlds)
    parts = ([getattr(one, name) for one in all_of_them] for name in ("decisions", "labels"))
    return Watched(*(pd.concat(part, ignore_index=True) for part in parts))


def _decisions(settings: Settings, said: Told) -> pd.DataFrame:
    movements, names = said.in_order(), list(fraud_model().inputs)
    features = np.full((len(movements), len(names)), np.nan, dtype=np.float32)
    rules: list[tuple[str, ...]] = []
    for movement, line in zip(movements, decided(settings, said.records()), strict=True):
        decision = orjson.loads(line)["value"]["data"]
        if any(decision[name] != movement[name] for name in _KEY):
            raise PermanentError(f"The kernel decided {decision['transaction_id']} out of turn.")
        values = [decision["features"][name] for name in names]
        features[len(rules)] = [np.nan if value is None else value for value in values]
        rules.append(tuple(decision["rules"]))
    frame = pd.DataFrame({name: [one[name] for one in movements] for name in _OF_MOVEMENT})
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601")
    frame["rules"] = rules
    return pd.concat([frame, pd.DataFrame(features, columns=names)], axis=1)


def _marked(decisions: pd.DataFrame, truth: Columns, seed: int) -> pd.DataFrame:
    marks = pd.DataFrame({name: truth[name] for name in (*_KEY, "kind", "case_id")})
    marks = marks.rename(columns={"kind": "planted", "case_id": "case"})
    marks["case"] = f"{seed}-" + marks["case"].astype(str)
    joined = decisions.merge(marks, on=list(_KEY), how="left", validate="one_to_one")
    return joined.fillna({"planted": "", "case": ""})


def _labels(said: Told) -> pd.DataFrame:
    rows: list[Json] = said.labels
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in ("transaction_id", "leg", "label", "known_at")})
    frame["known_at"] = pd.to_datetime(frame["known_at"], utc=True, format="ISO8601")
    return frame
