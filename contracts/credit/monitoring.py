"""By how much a customer's score or bureau score must move to raise an alert, and the words for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, model_validator

from contracts.credit.texts import Texts
from contracts.models.shapes import Declared, validated

FILE = Path(__file__).parent / "monitoring.yml"

Movement = Literal["score_fell", "score_rose", "bureau_score_fell", "bureau_score_rose"]
MOVEMENTS: tuple[Movement, ...] = ("score_fell", "score_rose", "bureau_score_fell", "bureau_score_rose")


class CreditMonitoring(Declared):
    """Steps are in points; a move of a whole step counts."""

    source: str = Field(min_length=1)
    score_step: int = Field(ge=1)
    bureau_step: int = Field(ge=1)
    texts: dict[Movement, Texts]

    @model_validator(mode="after")
    def _every_movement_has_words(self) -> Self:
        if missing := set(MOVEMENTS) - self.texts.keys():
            raise ValueError(f"no text for {', '.join(sorted(missing))}")
        return self


@cache
def load_monitoring() -> CreditMonitoring:
    """The declared steps; raises ConfigurationError when the file breaks its shape."""
    return validated(CreditMonitoring, yaml.safe_load(FILE.read_text(encoding="utf-8")))
