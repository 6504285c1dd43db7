"""Whether groups of people fare alike: the table by group, and the finding that a jurisdiction's policy makes of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.credit.fairness import FairnessPolicy


@dataclass(frozen=True)
class GroupOutcome:
    """One group of one attribute under one jurisdiction's rules. `ratio` is its approval rate over that of the group approved most often.

    `p_value` says how often chance alone would part the two so far (two-sided test of two proportions).
    """

    jurisdiction: str
    attribute: str
    group: str
    applicants: int
    approval_rate: float
    approval_rate_of_repaid: float
    default_rate: float
    mean_probability: float
    ratio: float
    p_value: float


@dataclass(frozen=True)
class Judged:
    """Applicants under one jurisdiction's rules, a row each in all of it; `groups` has a column for each attribute."""

    jurisdiction: str
    groups: pd.DataFrame
    scores: npt.NDArray[np.float64]
    default: npt.NDArray[np.bool_]


def fairness_table(judged: Judged, approve_below: float) -> tuple[GroupOutcome, ...]:
    """Every group of every attribute; an applicant without a group is not counted."""
    groups, scores, default = judged.groups, judged.scores, judged.default
    approved = scores < approve_below
    rows: list[GroupOutcome] = []
    for attribute in groups.columns:
        members = {
            str(group): groups[attribute].eq(group).to_numpy() for group in sorted(groups[attribute].dropna().unique())
        }
        if not members:
            continue
        best = max(members.values(), key=lambda rows_: float(approved[rows_].mean()))
        for group, own in members.items():
            repaid = own & ~default
            rows.append(
                GroupOutcome(
                    jurisdiction=judged.jurisdiction,
                    attribute=str(attribute),
                    group=group,
                    applicants=int(own.sum()),
                    approval_rate=float(approved[own].mean()),
                    approval_rate_of_repaid=float(approved[repaid].mean()) if repaid.any() else math.nan,
                    default_rate=float(default[own].mean()),
                    mean_probability=float(scores[own].mean()),
                    ratio=_ratio(approved[own], approved[best]),
                    p_value=_p_value(approved[own], approved[best]),
                )
            )
    return tuple(rows)


def disadvantaged(table: tuple[GroupOutcome, ...], policy: FairnessPolicy) -> tuple[GroupOutcome, ...]:
    """Groups large enough to judge that fall below the policy's ratio by more than chance would.

    The significance is shared among the groups judged of an attribute (Bonferroni): of many, one always looks odd.
    """
    judged = [
        row for row in table if row.attribute in policy.attributes and row.applicants >= policy.minimum_applicants
    ]
    counted = Counter(row.attribute for row in judged)
    return tuple(
        row
        for row in judged
        if row.ratio < policy.minimum_approval_ratio and row.p_value < policy.significance / counted[row.attribute]
    )


def _ratio(own: npt.NDArray[np.bool_], best: npt.NDArray[np.bool_]) -> float:
    return float(own.mean() / best.mean()) if best.any() else 1.0


def _p_value(own: npt.NDArray[np.bool_], best: npt.NDArray[np.bool_]) -> float:
    pooled = (own.sum() + best.sum()) / (len(own) + len(best))
    spread = math.sqrt(pooled * (1 - pooled) * (1 / len(own) + 1 / len(best)))
    return math.erfc(abs(own.mean() - best.mean()) / spread / math.sqrt(2)) if spread > 0 else 1.0
