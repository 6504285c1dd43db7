"""The compiled rules as whoever explains decisions reads them: the policy, and what each rule and each code says."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.decisions import DecisionPolicy
from contracts.rules import Language, compile_active


class ActiveRule(BaseModel):
    """What is told of one rule."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    action: Literal["decline", "review", "alert"]
    reason: dict[Language, str]


class ActiveRules(BaseModel):
    """One file's policy, its rules by id, and the reasons of the fallback by code."""

    model_config = ConfigDict(frozen=True)

    policy: DecisionPolicy
    rules: dict[str, ActiveRule]
    fallback: dict[str, dict[Language, str]]

    def find(self, rule_id: str) -> ActiveRule | None:
        """The rule of that id; None when an older pack had it."""
        return self.rules.get(rule_id)


def read_active(content: str) -> ActiveRules:
    """What the kernel's file says; raises ValueError, pydantic's own included, for a file that lacks a part."""
    try:
        body = json.loads(content)
        texts = body["texts"]
        rules = {
            rule["id"]: {**rule, "reason": texts["rules"][rule["id"]]}
            for pack in body["packs"].values()
            for rule in pack["rules"]
        }
        return ActiveRules.model_validate({"policy": body["policy"], "rules": rules, "fallback": texts["fallback"]})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the compiled rules lack a part: {error!r}") from error


@cache
def declared_rules() -> ActiveRules:
    """What the contracts of this process say, for as long as no file says otherwise."""
    return read_active(compile_active())
