"""What monitoring compares a served model with: it travels inside the model's file, so that no training row is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from ml.champions import Champion
from ml.governance.drift import Binned, binned
from ml.governance.performance import Performance
from ml.governance.resampling import Clusters, Values, numbered

METADATA = "reference"
SCORE = "score"
# What is watched once labels are mature; the first of each pair of twins (Gini is twice AUC less one) is enough.
WATCHED = ("auc", "average_precision", "brier", "precision_at_budget")


@dataclass(frozen=True)
class HeldOut:
    """A figure on what was held out and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Reference:
    """The population that a model was made from, up to `until` (aware): each input by bins, the score as `score`.

    `figures` are those of WATCHED that the model was judged by.
    """

    until: datetime
    columns: Mapping[str, Binned]
    figures: Mapping[str, HeldOut]

    def text(self) -> str:
        """The same reference gives the same text."""
        document = {
            "until": self.until.isoformat(),
            "columns": {name: column.document() for name, column in self.columns.items()},
            "figures": {name: [figure.value, figure.error] for name, figure in self.figures.items()},
        }
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def of(cls, champion: Champion) -> Reference | None:
        """That of a model; None for one that was trained before references travelled."""
        text = champion.metadata.get(METADATA)
        if text is None:
            return None
        told = json.loads(text)
        return cls(
            until=datetime.fromisoformat(told["until"]),
            columns={name: Binned.of(column) for name, column in told["columns"].items()},
            figures={name: HeldOut(*figure) for name, figure in told["figures"].items()},
        )


def reference_of(
    inputs: pd.DataFrame, scores: Values, clusters: Clusters, until: datetime, judged: Performance
) -> Reference:
    """Of rows that the model did not learn from where there are enough: on those that it did, its scores are too sure."""
    whose = numbered(clusters)
    columns = {SCORE: binned(scores, whose)}
    for name in inputs.columns:
        columns[str(name)] = binned(inputs[name].to_numpy(dtype=np.float64), whose)
    return Reference(until, columns, _figures(judged))


def _figures(judged: Performance) -> dict[str, HeldOut]:
    known = {name: HeldOut(judged.found[name], judged.spread(name)) for name in WATCHED if name in judged.found}
    return {name: one for name, one in known.items() if np.isfinite([one.value, one.error]).all()}
