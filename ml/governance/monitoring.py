"""What became of a served model in a window of time: its population, its figures once labels are mature, its challenger.

Each finding has the value that chance exceeds with the declared probability, shared out among the findings of its family in that
window (Bonferroni), so that a window in which nothing happened alarms at most once in thirty (contracts/models/monitoring.yml).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from contracts.models.monitoring import ModelMonitoring
from ml.governance.drift import binned, drift
from ml.governance.performance import performance
from ml.governance.reference import SCORE, Reference
from ml.governance.resampling import Clusters, Values, central

Family = Literal["coverage", "drift", "performance", "shadow"]

_LOWER_IS_BETTER = frozenset({"brier"})
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """From `start` up to and without `end`, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Decided:
    """The decisions of one window, a row each. `scores` are the champion's; `clusters` numbers whose each is.

    `judged` rows count for performance, with `outcome` as far as it is known; `shadow` is NaN where no challenger was scored.
    """

    columns: Mapping[str, Values]
    scores: Values
    clusters: Clusters
    judged: npt.NDArray[np.bool_]
    outcome: npt.NDArray[np.bool_]
    shadow: Values


@dataclass(frozen=True)
class Finding:
    """One value of a window. `held_out` is what the model was judged by; beyond `critical` it alarms; None where nothing is asked."""

    family: Family
    subject: str
    value: float
    rows: int
    low: float | None = None
    high: float | None = None
    held_out: float | None = None
    critical: float | None = None
    alarm: bool = False


def closed_windows(length: timedelta, earliest: datetime, present: datetime) -> list[Window]:
    """The windows that began at `earliest` or later and are over, oldest first. Weeks begin on Mondays."""
    first = math.ceil((earliest - _MONDAY) / length)
    last = math.floor((present - _MONDAY) / length)
    return [Window(_MONDAY + place * length, _MONDAY + (place + 1) * length) for place in range(first, last)]


def examine(
    reference: Reference, decided: Decided, policy: ModelMonitoring, alert_budget: float | None, *, mature: bool
) -> list[Finding]:
    """Everything that one window tells; what it holds too little of is told as coverage, and alarms nothing."""
    found = list(_coverage(decided, policy))
    if not found:
        found += drift_findings(reference, decided, policy)
    if not mature:
        return [*found, *_agreement(decided, alert_budget)]
    events = int((decided.judged & decided.outcome).sum())
    if events < policy.minimum_events:
        return [*found, Finding("coverage", "events", events, len(decided.scores), critical=policy.minimum_events)]
    return [
        *found,
        *performance_findings(reference, decided, policy, alert_budget),
        *_agreement(decided, alert_budget),
        *_shadow_delta(decided),
    ]


def drift_findings(reference: Reference, decided: Decided, policy: ModelMonitoring) -> list[Finding]:
    """The index of the score and of each input; it alarms beyond chance, and only where it is large enough to matter."""
    known = {SCORE: decided.scores, **decided.columns}
    names = [name for name in reference.columns if name in known]
    significance = policy.drift_significance / len(names)
    findings = []
    for name in names:
        column = reference.columns[name]
        moved = drift(column, binned(known[name], decided.clusters, column.edges), significance)
        critical = max(moved.critical, policy.minimum_index)
        rows = len(decided.scores)
        findings.append(Finding("drift", name, moved.index, rows, critical=critical, alarm=moved.index > critical))
    return findings


def performance_findings(
    reference: Reference, decided: Decided, policy: ModelMonitoring, alert_budget: float | None
) -> list[Finding]:
    """Each figure that the model was judged by, beside its value on what was held out; it alarms where it is worse beyond chance.

    Both have a standard error of whole accounts; their difference is taken as normal.
    """
    own = decided.judged
    now = performance(decided.scores[own], decided.outcome[own], decided.clusters[own], alert_budget)
    watched = {name: held for name, held in reference.figures.items() if name in now.found}
    reach = NormalDist().inv_cdf(1 - policy.performance_significance / max(len(watched), 1))
    findings = []
    for name, held in watched.items():
        value, noise = now.found[name], reach * math.hypot(held.error, now.spread(name))
        sign = -1 if name in _LOWER_IS_BETTER else 1
        low, high = central(now.drawn[name])
        findings.append(
            Finding(
                family="performance",
                subject=name,
                value=value,
                rows=int(own.sum()),
                low=low,
                high=high,
                held_out=held.value,
                critical=held.value - sign * noise,
                alarm=sign * (held.value - value) > noise,
            )
        )
    return findings


def _coverage(decided: Decided, policy: ModelMonitoring) -> Iterator[Finding]:
    rows, clusters = len(decided.scores), len(np.unique(decided.clusters))
    for name, value, least in (
        ("rows", rows, policy.minimum_rows),
        ("clusters", clusters, policy.minimum_clusters),
    ):
        if value < least:
            yield Finding("coverage", name, value, rows, critical=least)


def _agreement(decided: Decided, alert_budget: float | None) -> Iterator[Finding]:
    """How many of the challenger's alerts are the champion's too, of as many each as the budget holds."""
    beside = ~np.isnan(decided.shadow)
    if alert_budget is None or not beside.any():
        return
    count = max(round(alert_budget * int(beside.sum())), 1)
    own, other = (
        set(np.argsort(-scores[beside], kind="stable")[:count].tolist()) for scores in (decided.scores, decided.shadow)
    )
    yield Finding("shadow", "alerts_in_common", len(own & other) / count, int(beside.sum()))


def _shadow_delta(decided: Decided) -> Iterator[Finding]:
    """The challenger's figures less the champion's on the same decisions, with the paired interval."""
    own = decided.judged & ~np.isnan(decided.shadow)
    outcome = decided.outcome[own]
    if not 0 < outcome.sum() < len(outcome):
        return
    challenger, champion = (
        performance(scores[own], outcome, decided.clusters[own]) for scores in (decided.shadow, decided.scores)
    )
    told = challenger.less(champion)
    for name, value in told.found.items():
        low, high = central(told.drawn[name])
        yield Finding("shadow", name, value, int(own.sum()), low=low, high=high)
