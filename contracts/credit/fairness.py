"""Fairness policy by jurisdiction: which groups are compared, and how far apart their approvals may lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import ConfigurationError

FILE = Path(__file__).parent / "fairness.yml"

Share = Annotated[float, Field(gt=0, lt=1)]


class FairnessPolicy(BaseModel):
    """One jurisdiction's; `attributes` are columns that no model may read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attributes: tuple[str, ...] = Field(min_length=1)
    law: str = Field(min_length=1)
    minimum_approval_ratio: Share
    minimum_applicants: int = Field(ge=1)
    significance: Share
    limit_source: str = Field(min_length=1)


@cache
def fairness_policy(jurisdiction: str) -> FairnessPolicy:
    """The policy of a jurisdiction by ISO 3166 code; raises ConfigurationError where none is declared."""
    declared = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    if jurisdiction not in declared:
        raise ConfigurationError(f"No fairness policy is declared for the jurisdiction {jurisdiction!r}.")
    return FairnessPolicy.model_validate(declared[jurisdiction])
