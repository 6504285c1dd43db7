"""The decision policy: how score, rules and screening become allow, review or decline."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from contracts.durations import parse_duration

FILE = Path(__file__).parent / "policy.yml"
FALLBACK_FILE = Path(__file__).parent / "fallback.yml"

Outcome = Literal["allow", "review", "decline"]
# As policy.yml writes it (24h); the compiled policy has ISO 8601 (P1D), which pydantic reads itself.
Age = Annotated[
    timedelta,
    BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) and not text.startswith("P") else text),
]

SEVERITY: dict[Outcome, int] = {"allow": 0, "review": 1, "decline": 2}


class ScorePolicy(BaseModel):
    """Names of the thresholds inside the model's artefact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decline_at: str
    review_at: str


class FallbackPolicy(BaseModel):
    """What the API does alone when the job does not answer within `budget_ms`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_ms: int
    without_vector: Outcome
    maximum_vector_age: Age
    stale_vector: Outcome
    maximum_allow_usd_minor: int


class DecisionPolicy(BaseModel):
    """The whole policy; `version` is named by every decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    score: ScorePolicy
    rules: dict[Literal["decline", "review", "alert"], Outcome]
    fallback: FallbackPolicy
    screening: Literal["not_configured"]


@cache
def load_policy() -> DecisionPolicy:
    """The declared policy; raises pydantic's ValidationError when the file breaks its shape."""
    return DecisionPolicy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def load_fallback_reasons() -> dict[str, dict[str, str]]:
    """Why a fallback did not allow: texts by language, by the reason's code."""
    reasons: dict[str, dict[str, str]] = yaml.safe_load(FALLBACK_FILE.read_text(encoding="utf-8"))
    return reasons


def strongest(outcomes: list[Outcome]) -> Outcome:
    """The outcome that wins: decline, then review, then allow (also the answer for none)."""
    return max(outcomes, key=SEVERITY.__getitem__, default="allow")
