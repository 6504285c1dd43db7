"""A jurisdiction's pack completed: the rules, thresholds and lists that every jurisdiction has, and the limits by KYC tier."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.remittances import load_remittance_policy
from contracts.rules.shapes import DatedThreshold, Rule, RulePack

DIRECTORY = Path(__file__).parent / "shared"

# The policy has no dates of its own: it holds for all that is decided by it.
_EVER = date(2020, 1, 1)


def completed(own: RulePack) -> RulePack:
    """The pack with what is shared before what is its own; of thresholds and lists of one name its own hold.

    A threshold that none of its rules asks for is left out. The version is the latest of the files that it is made of.
    """
    shared = [_load(path, own.jurisdiction) for path in sorted(DIRECTORY.glob("*.yml"))]
    rules = tuple(rule for pack in [*shared, own] for rule in pack.rules)
    thresholds = tier_limits()
    for pack in [*shared, own]:
        thresholds |= pack.thresholds
    text = " ".join(rule.when for rule in rules)
    return RulePack(
        jurisdiction=own.jurisdiction,
        version=max(pack.version for pack in [*shared, own]),
        thresholds={name: values for name, values in thresholds.items() if f"threshold.{name}" in text},
        lists={name: values for pack in [*shared, own] for name, values in pack.lists.items()},
        rules=rules,
    )


def tier_limits() -> dict[str, tuple[DatedThreshold, ...]]:
    """What each tier may send, in US cents: `kyc_<tier>_daily_usd_minor` and `kyc_<tier>_monthly_usd_minor`."""
    limits = {
        f"kyc_{tier.tier}_{span}_usd_minor": dollars
        for tier in load_remittance_policy().tiers
        for span, dollars in (("daily", tier.daily_usd), ("monthly", tier.monthly_usd))
        if dollars is not None
    }
    source = "contracts/remittances/policy.yml"
    return {
        name: (DatedThreshold(valid_from=_EVER, value=dollars * 100, source=source),)
        for name, dollars in limits.items()
    }


def _load(path: Path, jurisdiction: str) -> RulePack:
    document: dict[str, Any] = _read(path)
    rules = [Rule.model_validate({**rule, "id": f"{jurisdiction}-{rule['id']}"}) for rule in document.get("rules", ())]
    return RulePack.model_validate({**document, "jurisdiction": jurisdiction, "rules": rules})


@cache
def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document
