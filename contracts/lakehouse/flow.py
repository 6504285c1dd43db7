"""How data should flow, by class of tables: the age of the newest row, and the rows of a day."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.durations import parse_duration

FILE = Path(__file__).parent / "flow.yml"

Age = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]


class VolumePolicy(BaseModel):
    """Robust bounds of a day's rows: medians, so that one odd week does not move them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day_of: str
    weeks: int = Field(ge=1)
    minimum_weeks: int = Field(ge=1)
    spread: float = Field(gt=0)
    tolerance: float = Field(gt=0)


class FlowClass(BaseModel):
    """Tables that flow alike; `arrived_by` is their column of arrival in Kafka (UTC)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: tuple[str, ...]
    arrived_by: str
    within: Age
    volume: VolumePolicy | None = None


@cache
def load_flow() -> dict[str, FlowClass]:
    """Every class by name; raises pydantic's ValidationError when the file breaks its shape."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: FlowClass.model_validate(spec) for name, spec in document["classes"].items()}
