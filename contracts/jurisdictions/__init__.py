"""Jurisdictions: regulator, time zone, languages, and the dated thresholds of each report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.errors import ConfigurationError

DIRECTORY = Path(__file__).parent

Number = Annotated[Decimal, BeforeValidator(str)]


class Dated(BaseModel):
    """A value from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    value: Number
    source: str = ""


class WorkingDays(BaseModel):
    """The days that a deadline does not count, by year; deadlines of a year that is not listed count weekends only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    holidays: dict[int, frozenset[date]]


class ReportingEntity(BaseModel):
    """Who reports: the regulator's number for it, and what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(pattern=r"^\d{7}$")
    activity_sector: str


class ReportRules(BaseModel):
    """What one report type asks for; amounts are in minor units of the jurisdiction's currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold_minor: tuple[Dated, ...]
    due_working_days: tuple[Dated, ...]
    window_hours: tuple[Dated, ...]
    window_starts_at: str
    reporting_entity: ReportingEntity
    reporting_rates: dict[str, tuple[Dated, ...]]


class Jurisdiction(BaseModel):
    """One jurisdiction's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jurisdiction: str
    name: str
    regulator: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    working_days: WorkingDays
    reports: dict[str, ReportRules]

    @property
    def zone(self) -> ZoneInfo:
        """Its legal time zone."""
        return ZoneInfo(self.time_zone)


@cache
def load_jurisdiction(code: str) -> Jurisdiction:
    """One jurisdiction by ISO 3166 code; raises ConfigurationError when no file declares it."""
    path = DIRECTORY / f"{code}.yml"
    if not path.exists():
        raise ConfigurationError(f"No contract declares the jurisdiction {code!r}.")
    return Jurisdiction.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def load_jurisdictions() -> tuple[Jurisdiction, ...]:
    """Every declared jurisdiction, in the order of file names."""
    return tuple(load_jurisdiction(path.stem) for path in sorted(DIRECTORY.glob("*.yml")))


def valid_on(values: tuple[Dated, ...], day: date) -> Dated:
    """The value valid on a day; raises ConfigurationError for a day before the first."""
    known = [value for value in sorted(values, key=lambda value: value.valid_from) if value.valid_from <= day]
    if not known:
        raise ConfigurationError(f"No value is valid on {day}.")
    return known[-1]
