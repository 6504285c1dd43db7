"""What the bank allows when money is sent abroad: how long a rate is locked, and how much a verified tier may send."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.durations import parse_duration

FILE = Path(__file__).parent / "policy.yml"

_STRICT = ConfigDict(extra="forbid", frozen=True)


class TierLimits(BaseModel):
    """What a member of a tier may send, in whole US dollars by UTC calendar month and by UTC day; None is no limit."""

    model_config = _STRICT

    tier: int = Field(ge=0)
    monthly_usd: int | None = Field(default=None, gt=0)
    daily_usd: int | None = Field(default=None, gt=0)


class RemittancePolicy(BaseModel):
    """`tiers` stand in the order of their numbers, which count from 0."""

    model_config = _STRICT

    quote_lock: Annotated[timedelta, BeforeValidator(parse_duration)]
    tiers: tuple[TierLimits, ...]


@cache
def load_remittance_policy() -> RemittancePolicy:
    """The declared policy."""
    return RemittancePolicy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
