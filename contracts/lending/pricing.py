"""Prices of loans: the lender's costs, what a product loses and what its borrowers can bear, caps and disclosed rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.errors import ConfigurationError
from contracts.models.credit import CREDIT_MODELS

FILE = Path(__file__).parent / "pricing.yml"

Percent = Annotated[Decimal, BeforeValidator(str), Field(ge=0)]
Share = Annotated[Decimal, BeforeValidator(str), Field(ge=0, le=100)]
Measure = Literal["nominal", "effective", "average_balance"]

LONGEST_MONTHS = 60  # as the tables of loans check it

_STRICT = ConfigDict(extra="forbid", frozen=True)


class LenderCosts(BaseModel):
    """Percents a year of what is outstanding; `opening_cost_pct` once, of the principal."""

    model_config = _STRICT

    source: str = Field(min_length=1)
    funding_pct: Percent
    servicing_pct: Percent
    capital_pct: Percent
    opening_cost_pct: Percent


class Affordability(BaseModel):
    """How much of a month's income all instalments may take; `steps` are how finely limits are tried.

    The income of a business is the money that comes in. `debt_repaid_monthly_pct` is what other debt takes, where it is asked for.
    """

    model_config = _STRICT

    source: str = Field(min_length=1)
    instalment_to_income_pct: Share
    debt_repaid_monthly_pct: Share = Decimal(0)
    largest_to_income: int = Field(ge=1)
    steps: int = Field(ge=1)


class ApplicationDefaults(BaseModel):
    """What an application is priced for where it does not say; `months` is the number of instalments."""

    model_config = _STRICT

    months: int = Field(ge=1, le=LONGEST_MONTHS)
    jurisdiction: str


class LossGivenDefault(BaseModel):
    """Percent of the balance at default that is lost."""

    model_config = _STRICT

    value: Share
    source: str = Field(min_length=1)


class RateCap(BaseModel):
    """The highest rate from a day on, in percent a year."""

    model_config = _STRICT

    valid_from: date
    value: Percent
    measure: Measure
    source: str = Field(min_length=1)


class Disclosure(BaseModel):
    """The yearly rate that a borrower is told."""

    model_config = _STRICT

    name: str
    measure: Measure
    source: str = Field(min_length=1)


class Pricing(BaseModel):
    """All of it; affordability, defaults and losses by product."""

    model_config = _STRICT

    costs: LenderCosts
    affordability: dict[str, Affordability]
    application: dict[str, ApplicationDefaults]
    loss_given_default_pct: dict[str, LossGivenDefault]
    caps: dict[str, tuple[RateCap, ...]]
    disclosure: dict[str, Disclosure]

    def cap_on(self, jurisdiction: str, day: date) -> RateCap:
        """The cap of a jurisdiction on a day; raises ConfigurationError where none is declared: then nothing is priced."""
        known = [cap for cap in self.caps.get(jurisdiction, ()) if cap.valid_from <= day]
        if not known:
            raise ConfigurationError(f"No rate cap of the jurisdiction {jurisdiction!r} is valid on {day}.")
        return max(known, key=lambda cap: cap.valid_from)


@cache
def load_pricing() -> Pricing:
    """The declared prices; raises ConfigurationError where caps, disclosed rates and defaults disagree on jurisdictions.

    Likewise where a credit model's loans have no loss given default.
    """
    pricing = Pricing.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    if pricing.caps.keys() != pricing.disclosure.keys():
        raise ConfigurationError("Every jurisdiction with a rate cap must say which rate it discloses, and no other.")
    if any(default.jurisdiction not in pricing.caps for default in pricing.application.values()):
        raise ConfigurationError("Applications are priced for a jurisdiction without a rate cap where they name none.")
    if missing := sorted(set(CREDIT_MODELS) - pricing.loss_given_default_pct.keys()):
        raise ConfigurationError(
            f"No loss given default is declared for {', '.join(missing)}.", hint=f"Add it to {FILE}."
        )
    return pricing
