"""Lending policy: bands of days past due, when a loan counts as defaulted, and provisions by jurisdiction, each with its source."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.errors import ConfigurationError

FILE = Path(__file__).parent / "policy.yml"

Percent = Annotated[Decimal, BeforeValidator(str), Field(ge=0, le=100)]

_STRICT = ConfigDict(extra="forbid", frozen=True)


class DelinquencyBand(BaseModel):
    """A name for the days past due from `from_days` on."""

    model_config = _STRICT

    band: str
    from_days: int


class StageBand(BaseModel):
    """The IFRS 9 stage of the days past due from `from_days` on; percents of the balance, where a table gives them."""

    model_config = _STRICT

    from_days: int
    stage: int = Field(ge=1, le=3)
    provision_pct: Percent | None = None
    marginalised_pct: Percent | None = None


class ProvisionTable(BaseModel):
    """One regulator's table, from a day on."""

    model_config = _STRICT

    method: str
    valid_from: date
    source: str = Field(min_length=1)
    bands: tuple[StageBand, ...]


class Sourced(BaseModel):
    """A number and where it is from."""

    model_config = _STRICT

    value: int
    source: str = Field(min_length=1)


class Stages(BaseModel):
    """Stages for jurisdictions without a table."""

    model_config = _STRICT

    source: str = Field(min_length=1)
    bands: tuple[StageBand, ...]

    def after(self, days_past_due: int) -> int:
        """The stage that so many days past due alone give, from 0 on."""
        return max(
            (band for band in self.bands if band.from_days <= days_past_due), key=lambda band: band.from_days
        ).stage


class LendingPolicy(BaseModel):
    """All of it; `significant_increase` is how many times its first probability of default moves a loan to stage 2."""

    model_config = _STRICT

    delinquency_bands: tuple[DelinquencyBand, ...]
    default_days_past_due: Sourced
    provisions: dict[str, tuple[ProvisionTable, ...]]
    stages: Stages
    significant_increase: Sourced


@cache
def load_lending() -> LendingPolicy:
    """The policy; raises ConfigurationError for bands that do not begin at day 0 and rise, or are cut by the default.

    Likewise for stages that do not rise from 1 to 3, and for an increase in risk that is none.
    """
    policy = LendingPolicy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    tables = [table for dated in policy.provisions.values() for table in dated]
    starts = [[band.from_days for band in bands] for bands in (policy.stages.bands, *(table.bands for table in tables))]
    starts.append([band.from_days for band in policy.delinquency_bands])
    for days in starts:
        if days[:1] != [0] or any(earlier >= later for earlier, later in pairwise(days)):
            raise ConfigurationError(f"Bands of days past due must begin at 0 and rise, and are {days}.")
    stages = [band.stage for band in policy.stages.bands]
    if stages != sorted(stages) or set(stages) != {1, 2, 3}:
        raise ConfigurationError(f"Stages must rise from 1 to 3 with the days past due, and are {stages}.")
    if policy.significant_increase.value <= 1:
        raise ConfigurationError("A significant increase in risk must be more than once the first probability.")
    if policy.default_days_past_due.value not in starts[-1]:
        raise ConfigurationError("No delinquency band begins where a loan counts as defaulted.")
    return policy
