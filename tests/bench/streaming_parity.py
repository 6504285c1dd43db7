"""Decision by decision, what the job said beside what the reference says and what Python makes of the same model."""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from contracts.features import INTEGERS, load_feature_views
from ml.champions import Champion
from streaming.reference import ReferenceAccount

Json = dict[str, Any]

LOG = logging.getLogger(__name__)

_RELATIVE = 1e-9
_SCORE = 1e-6
_TOLD = 5  # so many mismatches are shown


def compare(messages: Iterable[tuple[bytes, bytes]], decisions: Iterable[bytes], model: bytes) -> dict[str, float]:
    """Rows, mismatches, and the shares of events that are late, tied, without a party, or of the busiest account."""
    said = [json.loads(value)["data"] for value in decisions]
    told = {decision["transaction_id"]: decision for decision in said}
    scores = _scores(list(told.values()), Champion(model))
    expected = Expected()
    mismatches, surplus = 0, len(said)
    for _, value in messages:
        event = json.loads(value)["data"]
        decision = told.get(event["transaction_id"])
        surplus -= decision is not None
        wrong = _differences(decision, expected.take(event), scores)
        mismatches += bool(wrong)
        if wrong and mismatches <= _TOLD:
            LOG.warning("%s: %s", event["transaction_id"], "; ".join(wrong))
    return {"rows": expected.count, "mismatches": mismatches + surplus, **expected.shares()}


class Expected:
    """The reference over a whole stream, in the order of each account, and how hard that stream is."""

    def __init__(self) -> None:
        self.count = 0
        self._features = [feature.as_kernel_json() for view in load_feature_views() for feature in view.features]
        self._accounts: dict[str, ReferenceAccount] = {}
        self._latest: dict[str, str] = {}
        self._met: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    def take(self, event: Json) -> tuple[int, Json]:
        """Sequence and features at an event."""
        account = event["account_id"]
        self.count += 1
        self._taken[account] += 1
        latest = self._latest.get(account, "")
        self._met["late"] += event["occurred_at"] < latest
        self._met["tied"] += event["occurred_at"] == latest
        self._met["null"] += not {"counterparty_id", "device_id", "terminal_id"} & set(event)
        self._latest[account] = max(latest, event["occurred_at"])
        reference = self._accounts.setdefault(account, ReferenceAccount(self._features))
        features = reference.take(event)
        assert features is not None, "every generated movement is a new one"
        return reference.sequence, features

    def shares(self) -> dict[str, float]:
        """Percent of the events taken."""
        hottest = self._taken.most_common(1)[0][1]
        found = {**{name: self._met[name] for name in ("late", "tied", "null")}, "hottest": hottest}
        return {f"share_{name}": 100 * met / self.count for name, met in found.items()}


_INTEGER = {feature.name for view in load_feature_views() for feature in view.features if feature.aggregate in INTEGERS}


def _differences(decision: Json | None, expected: tuple[int, Json], scores: dict[str, float]) -> list[str]:
    if decision is None:
        return ["no decision"]
    sequence, features = expected
    said = decision["features"]
    wrong = [] if decision["sequence"] == sequence else [f"sequence {decision['sequence']} for {sequence}"]
    names = features.keys() | said.keys()
    wrong += [
        f"{name} {said.get(name)} for {features.get(name)}"
        for name in sorted(names)
        if not _same(name, said.get(name), features.get(name))
    ]
    score = scores[decision["transaction_id"]]
    if abs(decision["score"] - score) > _SCORE:
        wrong.append(f"score {decision['score']} for {score}")
    return wrong


def _same(name: str, said: float | None, expected: float | None) -> bool:
    if said is None or expected is None or name in _INTEGER:
        return said == expected
    return math.isclose(said, expected, rel_tol=_RELATIVE, abs_tol=0.0)


def _scores(decisions: list[Json], champion: Champion) -> dict[str, float]:
    """What ONNX Runtime in Python says to the features of each decision."""
    rows = [[decision["features"][name] for name in champion.features] for decision in decisions]
    inputs = np.array(rows, dtype=np.float64).astype(np.float32)
    found = champion.run(inputs)[0][:, 1]
    return {decision["transaction_id"]: float(score) for decision, score in zip(decisions, found, strict=True)}
