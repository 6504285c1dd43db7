"""What an applicant can do to get a better offer: a declared grid, each entry with its words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from contracts.credit.offers import load_offers
from contracts.credit.texts import Texts
from contracts.models.credit import credit_model
from contracts.models.shapes import Declared, validated

FILE = Path(__file__).parent / "actions.yml"

TERM, PRINCIPAL = "months", "principal"


class Change(Declared):
    """`input` is a column of the card, `months` for the loan's term or `principal` for its amount, whatever the card calls it.

    Its value is multiplied, then added to.
    """

    input: str
    multiply: float = Field(default=1.0, ge=0)
    add: float = 0.0

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if (self.multiply, self.add) == (1.0, 0.0):
            raise ValueError(f"nothing changes {self.input}")
        return self


class Action(Declared):
    """One thing to do, and what it changes in the application."""

    code: str = Field(pattern=r"^[a-z_]+$")
    changes: tuple[Change, ...] = Field(min_length=1)
    text: Texts


class LeastGain(Declared):
    """Gains from which on an action is told: percentage points of the nominal rate, percents of the limit."""

    source: str = Field(min_length=1)
    rate_pct: float = Field(gt=0)
    limit_pct: float = Field(gt=0)


class Actions(Declared):
    """The grid."""

    least: LeastGain
    actions: tuple[Action, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_is_one_of_its_own(self) -> Self:
        codes = [action.code for action in self.actions]
        if len(set(codes)) < len(codes):
            raise ValueError("two actions have one code")
        changed = {change.input for action in self.actions for change in action.changes}
        for product in load_offers().recommended:
            if unknown := changed - {TERM, PRINCIPAL, *credit_model(product).columns}:
                raise ValueError(f"the card of {product} has no {', '.join(sorted(unknown))}")
        return self


@cache
def load_actions() -> Actions:
    """The declared grid; raises ConfigurationError for an unknown input, an action twice, or one without en, es and fr."""
    return validated(Actions, yaml.safe_load(FILE.read_text(encoding="utf-8")))
