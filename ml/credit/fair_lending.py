"""What fairness policies make of a table of groups: the conditions of the gate."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.credit.fairness import FairnessPolicy
from ml.credit.fairness import GroupOutcome, disadvantaged
from ml.governance.gate import Condition


def fair_conditions(table: tuple[GroupOutcome, ...], policies: Mapping[str, FairnessPolicy]) -> list[Condition]:
    """The conditions of every jurisdiction's policy; with several of them, each says where."""
    conditions = []
    for jurisdiction, policy in policies.items():
        rows = tuple(row for row in table if row.jurisdiction == jurisdiction)
        conditions += _conditions(rows, policy, f" in {jurisdiction}" if len(policies) > 1 else "")
    return conditions


def _conditions(table: tuple[GroupOutcome, ...], policy: FairnessPolicy, where: str) -> list[Condition]:
    """One condition for each attribute that is known."""
    found = disadvantaged(table, policy)
    conditions = []
    for attribute in dict.fromkeys(row.attribute for row in table if row.attribute in policy.attributes):
        below = [row for row in found if row.attribute == attribute]
        judged = [row for row in table if row.attribute == attribute and row.applicants >= policy.minimum_applicants]
        lowest = min((row.ratio for row in below or judged), default=1.0)
        groups = f" of {', '.join(row.group for row in below)}" if below else ""
        wanted = f"at least {policy.minimum_approval_ratio:.6g}, or within chance"
        conditions.append(Condition(f"approval ratio by {attribute}{where}{groups}", not below, lowest, wanted))
    return conditions
