"""Rule packs by jurisdiction, and the one file that the kernel and the API watch: packs and policy, compiled to JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.decisions import load_fallback_reasons, load_policy
from contracts.rules.shapes import (
    DatedList,
    DatedThreshold,
    Language,
    Members,
    Rule,
    RulePack,
    Severity,
)
from contracts.rules.shared_rules import completed

__all__ = [
    "DatedList",
    "DatedThreshold",
    "Language",
    "Members",
    "Rule",
    "RulePack",
    "Severity",
    "compile_active",
    "compile_packs",
    "find_rule",
    "load_rule_pack",
    "load_rule_packs",
]

DIRECTORY = Path(__file__).parent

_FEATURE = re.compile(r"\bf\.(\w+)")


@cache
def load_rule_packs() -> dict[str, RulePack]:
    """Every pack by jurisdiction; raises pydantic's ValidationError for a pack that breaks its shape."""
    packs = (load_rule_pack(path) for path in sorted(DIRECTORY.glob("*.yml")))
    return {pack.jurisdiction: pack for pack in packs}


def load_rule_pack(path: Path) -> RulePack:
    """The pack that one file declares, with what is shared."""
    return completed(RulePack.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))


def find_rule(rule_id: str) -> Rule | None:
    """The rule of that id in today's packs; None when an older pack had it."""
    return next((rule for pack in load_rule_packs().values() for rule in pack.rules if rule.id == rule_id), None)


def compile_active(features: Collection[str] | None = None) -> str:
    """The declared packs as the kernel's file; see `compile_packs`."""
    return compile_packs(load_rule_packs(), features)


def compile_packs(declared: Mapping[str, RulePack], features: Collection[str] | None = None) -> str:
    """The kernel's file of packs by jurisdiction: JSON with sorted keys, so that the same packs give the same bytes.

    Where given, `features` are all that there is: rules that read others are left out, since the kernel refuses them.

    Durations are milliseconds, dates ISO 8601. `digest` names what decides: two files with one digest decide alike.
    `texts` are for whoever explains decisions (contracts.rules.active); the kernel passes over them.
    """
    packs = {name: _pack_json(_readable(pack, features)) for name, pack in declared.items()}
    body: dict[str, Any] = {"packs": packs, "policy": load_policy().model_dump(mode="json")}
    body["digest"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    reasons = {rule.id: rule.reason for pack in declared.values() for rule in pack.rules}
    body["texts"] = {"rules": reasons, "fallback": load_fallback_reasons()}
    return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False)


def _readable(pack: RulePack, features: Collection[str] | None) -> RulePack:
    if features is None:
        return pack
    rules = tuple(rule for rule in pack.rules if set(_FEATURE.findall(rule.when)) <= set(features))
    return pack.model_copy(update={"rules": rules})


def _pack_json(pack: RulePack) -> dict[str, Any]:
    plain: dict[str, Any] = pack.model_dump(mode="json", exclude_none=True)
    for rule, declared in zip(plain["rules"], pack.rules, strict=True):
        rule["alert_window_ms"] = _milliseconds(declared.alert_window)
        if declared.members is not None:
            rule["members"]["window_ms"] = _milliseconds(declared.members.window)
            del rule["members"]["window"]
        del rule["alert_window"], rule["reason"], rule["source"]
    return plain


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
