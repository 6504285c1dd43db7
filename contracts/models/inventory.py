"""The inventory of models: owner, purpose, tier, review and approver of each, what its tier asks for, and who lets a first one be served."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal, Self, get_args

import yaml
from pydantic import Field, model_validator

from contracts.models import DIRECTORY, MODELS, ModelName
from contracts.models.shapes import Declared, Duration, validated
from contracts.settings import Profile

FirstChampion = Literal["gate", "approval"]
Severity = Literal["error", "warning"]


class Tier(Declared):
    """How closely a model is watched, and whether the platform does without one."""

    meaning: str
    review_every: Duration
    while_unserved: Severity


class ModelRecord(Declared):
    """One model's line, as it is written; `while_unserved` stands for its tier's where another way to decide is left."""

    owner: str = Field(pattern=r"^team:[a-z]+$")
    purpose: str = Field(min_length=1)
    tier: int
    while_unserved: Severity | None = None
    reviewed_on: date
    approver_role: str = Field(min_length=1)


class InventoryEntry(Declared):
    """One model's line with the policy that holds for it."""

    model: ModelName
    record: ModelRecord
    policy: Tier

    @property
    def review_due(self) -> date:
        """The last day on which the review of before is enough."""
        return self.record.reviewed_on + self.policy.review_every

    def is_overdue(self, on: date) -> bool:
        """Whether the next review should have been made before a day."""
        return on > self.review_due

    def facts(self) -> dict[str, str]:
        """What a model card and a run's tags tell of it, by name."""
        return {
            "owner": self.record.owner,
            "tier": f"{self.record.tier}",
            "reviewed_on": self.record.reviewed_on.isoformat(),
            "review_due": self.review_due.isoformat(),
            "approver_role": self.record.approver_role,
        }


class Inventory(Declared):
    """Every model and every tier. `first_champion` says what lets a model be served where none is yet."""

    tiers: dict[int, Tier]
    first_champion: dict[Profile, FirstChampion]
    models: dict[ModelName, ModelRecord]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = set(MODELS) - self.models.keys()
        if missing:
            raise ValueError(f"the inventory lacks {', '.join(sorted(missing))}")
        unknown = sorted({record.tier for record in self.models.values()} - self.tiers.keys())
        if unknown:
            raise ValueError(f"no tier is declared as {', '.join(map(str, unknown))}")
        silent = set(get_args(Profile)) - self.first_champion.keys()
        if silent:
            raise ValueError(f"first_champion says nothing for {', '.join(sorted(silent))}")
        return self

    def entry(self, model: ModelName) -> InventoryEntry:
        """One model's line with its policy."""
        record = self.models[model]
        own = {"while_unserved": record.while_unserved} if record.while_unserved else {}
        return InventoryEntry(model=model, record=record, policy=self.tiers[record.tier].model_copy(update=own))


@cache
def model_inventory() -> Inventory:
    """The declared inventory; raises ConfigurationError when its file breaks its shape or lacks a model."""
    return validated(Inventory, yaml.safe_load((DIRECTORY / "inventory.yml").read_text(encoding="utf-8")))
