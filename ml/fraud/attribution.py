"""What each input added to a fraud model's log-odds: exact Shapley values of its trees, from the artefact alone.

The expectations are those of the training rows along the trees' paths (TreeSHAP, "tree path dependent": Lundberg and others,
2020, what LightGBM's `pred_contrib` gives); how many rows went each way stands in the graph's `nodes_hitrates`. For one leaf whose path asks
about m inputs, an input's weight is a sum over subsets, which equals the integral over t in [0, 1] of the product of
(1 - t) z + t o over the other inputs: z the share of training rows that pass an input's splits, o whether this row does. That
is a polynomial, so Gauss and Legendre's rule gives it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Attribution:
    """One row's log-odds taken apart: `base` is the model's mean over its training rows, `added` what each input adds."""

    base: float
    added: Numbers

    @property
    def log_odds(self) -> float:
        """Of the calibrated probability: calibration lies inside the leaves."""
        return self.base + float(self.added.sum())


@dataclass
class _Condition:
    """What a path asks of one input: not at most `low`, at most `high`, or missing where that is let through."""

    share: float = 1.0
    low: float = math.nan
    high: float = math.inf
    missing: bool = True


@dataclass
class _Path:
    conditions: dict[int, _Condition] = field(default_factory=dict)
    weight: float = 0.0


class Attributor:
    """Takes rows apart; about a thousandth of a second each."""

    def __init__(self, paths: list[_Path], inputs: int) -> None:
        """Paths are padded to one length with conditions that every row passes, which change nothing."""
        longest = max((len(path.conditions) for path in paths), default=0)
        shape = (len(paths), max(longest, 1))
        self._inputs = inputs
        self._weights = np.array([path.weight for path in paths])
        self._which = np.zeros(shape, dtype=np.intp)
        self._share, self._low, self._high = np.ones(shape), np.full(shape, math.nan), np.full(shape, math.inf)
        self._missing = np.ones(shape, dtype=bool)
        for row, path in enumerate(paths):
            for column, (which, asked) in enumerate(path.conditions.items()):
                self._which[row, column] = which
                self._share[row, column] = asked.share
                self._low[row, column], self._high[row, column] = asked.low, asked.high
                self._missing[row, column] = asked.missing
        points, weights = np.polynomial.legendre.leggauss(math.ceil(shape[1] / 2))
        self._points, self._point_weights = (points + 1) / 2, weights / 2
        self._base = float((self._weights * self._share.prod(axis=1)).sum())

    def attribute(self, row: npt.ArrayLike) -> Attribution:
        """One row in the order of the model's inputs, read as float32 like when it is scored; NaN is missing."""
        values = np.asarray(row, dtype=np.float32).astype(np.float64)[self._which]
        inside = ~(values <= self._low) & (values <= self._high)
        passes = np.where(np.isnan(values), self._missing, inside).astype(np.float64)
        factors = self._share[..., None] * (1 - self._points) + passes[..., None] * self._points
        others = factors.prod(axis=1)[:, None, :] / factors
        added = self._weights[:, None] * (passes - self._share) * (others @ self._point_weights)
        sums = np.bincount(self._which.ravel(), added.ravel(), minlength=self._inputs)
        return Attribution(self._base, sums.astype(np.float64))


@lru_cache(maxsize=4)
def attributor(content: bytes) -> Attributor | None:
    """For a fraud model's artefact; None for one whose graph does not say how many training rows went each way."""
    graph = onnx.load_from_string(content).graph
    ensembles = [node for node in graph.node if node.op_type == "TreeEnsembleRegressor"]
    if len(ensembles) != 1:
        return None
    columns = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in ensembles[0].attribute}
    inputs = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    try:
        return Attributor(list(_paths(columns)), inputs)
    except _WithoutCountsError:
        return None


class _WithoutCountsError(Exception):
    """An artefact of before counts were kept."""


def _paths(columns: dict[str, Any]) -> Iterator[_Path]:
    """Every leaf with what the way to it asks of each input."""
    places = list(zip(columns["nodes_treeids"], columns["nodes_nodeids"], strict=True))
    rows = {place: row for row, place in enumerate(places)}
    leaves = zip(columns["target_treeids"], columns["target_nodeids"], columns["target_weights"], strict=True)
    weights = {(tree, node): weight for tree, node, weight in leaves}
    waiting = [(row, _Path()) for row, (_tree, node) in enumerate(places) if node == 0]
    while waiting:
        row, path = waiting.pop()
        if columns["nodes_modes"][row] == b"LEAF":
            yield _Path(path.conditions, weights[places[row]])
            continue
        tree = places[row][0]
        left = rows[tree, columns["nodes_truenodeids"][row]]
        right = rows[tree, columns["nodes_falsenodeids"][row]]
        counts = columns["nodes_hitrates"]
        if counts[left] + counts[right] != counts[row]:
            raise _WithoutCountsError
        for child, below in ((left, True), (right, False)):
            waiting.append((child, _narrowed(path, columns, row, counts[child] / counts[row], below=below)))


def _narrowed(path: _Path, columns: dict[str, Any], row: int, share: float, *, below: bool) -> _Path:
    which, threshold = int(columns["nodes_featureids"][row]), float(columns["nodes_values"][row])
    missing_below = bool(columns["nodes_missing_value_tracks_true"][row])
    asked = path.conditions.get(which, _Condition())
    narrowed = _Condition(
        share=asked.share * share,
        low=asked.low if below else float(np.fmax(asked.low, threshold)),
        high=min(asked.high, threshold) if below else asked.high,
        missing=asked.missing and missing_below == below,
    )
    return _Path({**path.conditions, which: narrowed})
