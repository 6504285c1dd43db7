"""Rule packs by jurisdiction, and the one file that the kernel and the API watch: packs and policy, compiled to JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.decisions import load_fallback_reasons, load_policy
from contracts.durations import parse_duration

DIRECTORY = Path(__file__).parent

Severity = Literal["low", "medium", "high"]
Language = Literal["en", "es", "fr"]
Window = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]


class DatedThreshold(BaseModel):
    """A threshold's value from a day on, with the text that sets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    value: int
    source: str


class Rule(BaseModel):
    """One rule: a CEL expression and what holds when it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{2}-[A-Z]+-\d{3}$")
    action: Literal["decline", "review", "alert"]
    severity: Severity
    typology: str
    when: str
    source: str
    reason: dict[Language, str]
    alert_window: Window = timedelta(hours=24)


class RulePack(BaseModel):
    """The rules of one jurisdiction with their dated thresholds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")
    version: str
    thresholds: dict[str, tuple[DatedThreshold, ...]]
    rules: tuple[Rule, ...]


@cache
def load_rule_packs() -> dict[str, RulePack]:
    """Every pack by jurisdiction; raises pydantic's ValidationError for a pack that breaks its shape."""
    packs = (load_rule_pack(path) for path in sorted(DIRECTORY.glob("*.yml")))
    return {pack.jurisdiction: pack for pack in packs}


def load_rule_pack(path: Path) -> RulePack:
    """The pack that one file declares."""
    return RulePack.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def find_rule(rule_id: str) -> Rule | None:
    """The rule of that id in today's packs; None when an older pack had it."""
    return next((rule for pack in load_rule_packs().values() for rule in pack.rules if rule.id == rule_id), None)


def compile_active() -> str:
    """The kernel's file: JSON with sorted keys, so that the same contracts give the same bytes.

    Durations are milliseconds, dates ISO 8601. `digest` names what decides: two files with one digest decide alike.
    `texts` are for whoever explains decisions (contracts.rules.active); the kernel passes over them.
    """
    packs = {name: _pack_json(pack) for name, pack in load_rule_packs().items()}
    body: dict[str, Any] = {"packs": packs, "policy": load_policy().model_dump(mode="json")}
    body["digest"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    reasons = {rule.id: rule.reason for pack in load_rule_packs().values() for rule in pack.rules}
    body["texts"] = {"rules": reasons, "fallback": load_fallback_reasons()}
    return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False)


def _pack_json(pack: RulePack) -> dict[str, Any]:
    plain: dict[str, Any] = pack.model_dump(mode="json")
    for rule, declared in zip(plain["rules"], pack.rules, strict=True):
        rule["alert_window_ms"] = round(declared.alert_window.total_seconds() * 1000)
        del rule["alert_window"], rule["reason"], rule["source"]
    return plain
