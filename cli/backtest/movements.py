"""A movement with what was decided, what the candidate decides, and what is known of it today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from contracts.decisions import Outcome
from contracts.features import feature_names

Truth = Literal["fraud", "laundering", "legitimate", "open"]
MovementKey = tuple[str, str, int]  # transaction, leg, attempt
LegKey = tuple[str, str]

FEATURES = feature_names()


@dataclass(frozen=True)
class Decision:
    """What a decision says. `versions` are those of model, pack, policy and features; `features` are `FEATURES`, packed.

    Packed because a million vectors as Python's numbers would take gigabytes.
    """

    outcome: Outcome
    score: float | None
    rules: tuple[str, ...]
    versions: tuple[str, ...] = ()
    features: bytes = b""
    asked: bool = False

    @property
    def stopped(self) -> bool:
        """Whether the movement did not simply go through."""
        return self.outcome != "allow"


@dataclass(frozen=True)
class Movement:
    """One movement; `amount` in US cents. `after_question`: its account asked before, and did not commit what it asked about."""

    key: MovementKey
    kind: str
    amount: int
    truth: Truth
    decided: Decision
    tried: Decision
    account: str
    after_question: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether it is known to be a crime."""
        return self.truth in {"fraud", "laundering"}


def packed(features: Mapping[str, float | None]) -> bytes:
    """The same for the same numbers, however they are written; a feature that is null and one that is absent are one."""
    values = [features.get(name) for name in FEATURES]
    # Adding nought makes one of the two zeros.
    return (np.array([np.nan if value is None else value for value in values], dtype=np.float64) + 0.0).tobytes()


def differing_features(one: Decision, other: Decision) -> list[str]:
    """The features that two decisions of the same versions were made on with different values."""
    left, right = (np.frombuffer(decision.features) for decision in (one, other))
    places = np.flatnonzero((left != right) & ~(np.isnan(left) & np.isnan(right)))
    return [FEATURES[place] for place in places]


@dataclass(frozen=True)
class Told:
    """A label: what became known of a leg, and when."""

    leg: LegKey
    label: Literal["fraud", "laundering", "legitimate"]
    known_at: datetime


def latest_labels(labels: Iterable[Told]) -> dict[LegKey, Told]:
    """The last word on each leg; of two at one moment the one that confirms a crime."""
    latest: dict[LegKey, Told] = {}
    for told in sorted(labels, key=lambda label: (label.known_at, label.label != "legitimate")):
        latest[told.leg] = told
    return latest


def truth_of(
    leg: LegKey, occurred_at: datetime, labels: Mapping[LegKey, Told], present: datetime, maturity: timedelta
) -> Truth:
    """What the last label says; without one an older movement is legitimate, a younger one open (contracts/models/fraud.yml)."""
    told = labels.get(leg)
    if told is not None:
        return told.label
    return "legitimate" if occurred_at <= present - maturity else "open"
