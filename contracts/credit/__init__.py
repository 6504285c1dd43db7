"""Credit of many providers: when one gets no requests, and which loan-to-value calls for collateral or sells it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.durations import parse_duration
from contracts.errors import ConfigurationError

DIRECTORY = Path(__file__).parent

Duration = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]
Share = Annotated[Decimal, BeforeValidator(str), Field(gt=0, lt=1)]


class BreakerPolicy(BaseModel):
    """When a provider's breaker opens and closes, and how often its health is checked meanwhile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures_to_open: int = Field(ge=1)
    open_for: Duration
    successes_to_close: int = Field(ge=1)
    check_again_after: Duration
    time_limit: Duration


class CollateralLevels(BaseModel):
    """Loan-to-value ratios of one asset from a day on; a level is reached when the ratio equals it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    valid_from: date
    initial_ltv: Share
    margin_call_ltv: Share
    liquidation_ltv: Share

    @model_validator(mode="after")
    def _levels_follow_each_other(self) -> Self:
        if not self.initial_ltv < self.margin_call_ltv < self.liquidation_ltv:
            raise ValueError("initial, margin call and liquidation must rise")
        return self


@cache
def load_breaker_policy() -> BreakerPolicy:
    """The declared policy; raises pydantic's ValidationError when the file breaks its shape."""
    return BreakerPolicy.model_validate(_read("breakers"))


@cache
def load_collateral_levels() -> tuple[CollateralLevels, ...]:
    """Every asset's levels, by asset and then by day."""
    return tuple(
        CollateralLevels.model_validate({"asset": asset, **row})
        for asset, rows in sorted(_read("collateral")["levels"].items())
        for row in sorted(rows, key=lambda row: row["valid_from"])
    )


def levels_on(asset: str, day: date) -> CollateralLevels:
    """An asset's levels on a day; raises ConfigurationError for an asset or a day without any."""
    known = [levels for levels in load_collateral_levels() if levels.asset == asset and levels.valid_from <= day]
    if not known:
        raise ConfigurationError(f"No collateral levels of {asset!r} are valid on {day}.")
    return known[-1]


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DIRECTORY / f"{name}.yml").read_text(encoding="utf-8"))
    return document
