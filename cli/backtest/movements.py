"""A movement with what was decided, what the candidate decides, and what is known of it today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contracts.decisions import Outcome

Truth = Literal["fraud", "laundering", "legitimate", "open"]
MovementKey = tuple[str, str, int]  # transaction, leg, attempt
LegKey = tuple[str, str]


@dataclass(frozen=True)
class Decision:
    """What a decision says. `versions` are those of model, pack, policy and features; `features_digest` tells vectors apart."""

    outcome: Outcome
    score: float | None
    rules: tuple[str, ...]
    versions: tuple[str, ...] = ()
    features_digest: str = ""
    asked: bool = False

    @property
    def stopped(self) -> bool:
        """Whether the movement did not simply go through."""
        return self.outcome != "allow"


@dataclass(frozen=True)
class Movement:
    """One movement; `amount` in US cents."""

    key: MovementKey
    kind: str
    amount: int
    truth: Truth
    decided: Decision
    tried: Decision
    account: str

    @property
    def confirmed(self) -> bool:
        """Whether it is known to be a crime."""
        return self.truth in {"fraud", "laundering"}


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
