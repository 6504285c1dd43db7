"""What a rule pack is made of: rules, dated thresholds and lists, and which movements an alert is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.durations import parse_duration
from contracts.features import Range

Severity = Literal["low", "medium", "high"]
Language = Literal["en", "es", "fr"]
Window = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]

# What the kernel keeps of an account's recent movements, and for how long (Lately.java).
MemberField = Literal["leg", "kind", "channel", "amount_usd_minor"]
LONGEST_MEMBERS = timedelta(hours=72)

_STRICT = ConfigDict(extra="forbid", frozen=True)


class DatedThreshold(BaseModel):
    """A threshold's value from a day on, with the text that sets it."""

    model_config = _STRICT

    valid_from: date
    value: int
    source: str


class DatedList(BaseModel):
    """What is in a list from a day on, with the text that sets it."""

    model_config = _STRICT

    valid_from: date
    values: tuple[str, ...]
    source: str


class Members(BaseModel):
    """Which of the account's recent movements an alert is about: those of a window that ends with the one that completes the pattern."""

    model_config = _STRICT

    window: Annotated[Window, Field(le=LONGEST_MEMBERS)]
    filter: dict[MemberField, tuple[str, ...] | Range]


class Rule(BaseModel):
    """One rule: a CEL expression and what holds when it does."""

    model_config = _STRICT

    id: str = Field(pattern=r"^[A-Z]{2}-[A-Z]+-\d{3}$")
    action: Literal["decline", "review", "alert"]
    severity: Severity
    typology: str
    when: str
    source: str
    reason: dict[Language, str]
    alert_window: Window = timedelta(hours=24)
    members: Members | None = None

    @model_validator(mode="after")
    def _members_belong_to_alerts(self) -> Rule:
        if self.members is not None and self.action != "alert":
            raise ValueError(f"{self.id} raises no alert that its members could be about.")
        return self


class RulePack(BaseModel):
    """The rules of one jurisdiction with their dated thresholds and lists."""

    model_config = _STRICT

    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")
    version: str
    thresholds: dict[str, tuple[DatedThreshold, ...]] = {}
    lists: dict[str, tuple[DatedList, ...]] = {}
    rules: tuple[Rule, ...] = ()
