"""Fairness policy by who applies and by jurisdiction: which groups are compared, and how far apart their approvals may lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.errors import ConfigurationError

FILE = Path(__file__).parent / "fairness.yml"

ApplicantKind = Literal["person", "business"]
Share = Annotated[float, Field(gt=0, lt=1)]


class FairnessPolicy(BaseModel):
    """One jurisdiction's; `attributes` are columns that no model may read, and without any `nothing_compared` says why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attributes: tuple[str, ...]
    nothing_compared: str = ""
    law: str = Field(min_length=1)
    minimum_approval_ratio: Share
    minimum_applicants: int = Field(ge=1)
    significance: Share
    limit_source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _silence_has_a_reason(self) -> Self:
        if bool(self.attributes) == bool(self.nothing_compared):
            raise ValueError("either attributes are compared, or nothing_compared says why none is")
        return self


@cache
def fairness_policy(jurisdiction: str, applicants: ApplicantKind = "person") -> FairnessPolicy:
    """The policy of a jurisdiction by ISO 3166 code; raises ConfigurationError where none is declared for such applicants."""
    declared = yaml.safe_load(FILE.read_text(encoding="utf-8"))[applicants]
    if jurisdiction not in declared:
        raise ConfigurationError(
            f"No fairness policy is declared for the jurisdiction {jurisdiction!r} where a {applicants} applies."
        )
    return FairnessPolicy.model_validate(declared[jurisdiction])
