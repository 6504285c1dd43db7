"""Decision by decision, what the job said beside what the reference says and what Python makes of the same model."""

from __future__ import annotations

import heapq
import json
import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from contracts.features import INTEGERS, load_feature_views
from ml.champions import Champion
from streaming.configuration import staged
from streaming.reference import ReferenceKernel

Json = dict[str, Any]
Messages = Iterable[tuple[bytes, bytes]]

LOG = logging.getLogger(__name__)

_RELATIVE = 1e-9
_SCORE = 1e-6
_TOLD = 5  # so many mismatches are shown
_LABEL = "label.recorded.v1"


def compare(events: Messages, labels: Messages, decisions: Iterable[bytes], model: bytes) -> dict[str, float]:
    """Rows, mismatches, and the shares of events that are late, tied, without a party, or of the busiest account."""
    said = [json.loads(value)["data"] for value in decisions]
    told = {decision["transaction_id"]: decision for decision in said}
    scores = _scores(said, Champion(model))
    expected = Expected()
    mismatches, surplus = 0, len(said)
    for event in written_in_order(events, labels):
        if event["type"] == _LABEL:
            expected.tell(event["data"])
            continue
        name = event["data"]["transaction_id"]
        decision = told.get(name)
        surplus -= decision is not None
        wrong = _differences(decision, expected.take(event["data"]), scores)
        mismatches += bool(wrong)
        if wrong and mismatches <= _TOLD:
            LOG.warning("%s: %s", name, "; ".join(wrong))
    return {"rows": expected.count, "mismatches": mismatches + surplus, **expected.shares()}


def written_in_order(*streams: Messages) -> Iterator[Json]:
    """Events of streams that are each in the order in which they were written, in the order of all."""
    parsed = [(json.loads(value) for _, value in stream) for stream in streams]
    return heapq.merge(*parsed, key=lambda event: str(event["time"]))


class Expected:
    """The reference over a whole stream, and how hard that stream is."""

    def __init__(self) -> None:
        self.count = 0
        self._reference = ReferenceKernel(staged([view.as_kernel_json() for view in load_feature_views()]))
        self._latest: dict[str, str] = {}
        self._met: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    def tell(self, label: Json) -> None:
        """Take a label."""
        self._met["labels"] += 1
        self._reference.tell(label)

    def take(self, movement: Json) -> tuple[int, Json]:
        """Sequence and features at a movement."""
        account = movement["account_id"]
        self.count += 1
        self._taken[account] += 1
        latest = self._latest.get(account, "")
        self._met["late"] += movement["occurred_at"] < latest
        self._met["tied"] += movement["occurred_at"] == latest
        self._met["null"] += not {"counterparty_id", "device_id", "terminal_id"} & set(movement)
        self._latest[account] = max(latest, movement["occurred_at"])
        features = self._reference.take(movement)
        if features is None:
            raise AssertionError(f"{movement['transaction_id']} is generated once")
        return self._reference.accounts[account].sequence, features

    def shares(self) -> dict[str, float]:
        """Percent of the movements taken."""
        hottest = self._taken.most_common(1)[0][1]
        found = {**{name: self._met[name] for name in ("late", "tied", "null", "labels")}, "hottest": hottest}
        return {f"share_{name}": 100 * met / self.count for name, met in found.items()}


_INTEGER = {feature.name for view in load_feature_views() for feature in view.features if feature.aggregate in INTEGERS}


def _differences(decision: Json | None, expected: tuple[int, Json], scores: dict[str, float]) -> list[str]:
    if decision is None:
        return ["no decision"]
    sequence, features = expected
    said = decision["features"]
    wrong = [] if decision["sequence"] == sequence else [f"sequence {decision['sequence']} for {sequence}"]
    wrong += [
        f"{name} {said.get(name)} for {features.get(name)}"
        for name in sorted(features.keys() | said.keys())
        if not _same(name, said.get(name), features.get(name))
    ]
    score = scores[decision["transaction_id"]]
    if decision["score"] is None or abs(decision["score"] - score) > _SCORE:
        wrong.append(f"score {decision['score']} for {score}")
    return wrong


def _same(name: str, said: float | None, expected: float | None) -> bool:
    if said is None or expected is None or name in _INTEGER:
        return said == expected
    return math.isclose(said, expected, rel_tol=_RELATIVE, abs_tol=0.0)


def _scores(decisions: list[Json], champion: Champion) -> dict[str, float]:
    """What ONNX Runtime in Python says to the features of each decision."""
    inputs = [champion.vector(decision["features"]) for decision in decisions]
    found = champion.run(np.array(inputs))[0][:, 1]
    return {decision["transaction_id"]: float(score) for decision, score in zip(decisions, found, strict=True)}
