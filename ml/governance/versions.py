"""One model's registered versions as promotion sees them: what each is, which one is champion, and why, in MLflow's own tags."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.errors import PermanentError
from contracts.models import ModelName
from contracts.settings import Settings
from ml.champions import Champion
from ml.governance.promotion import Candidate, Promotion
from ml.governance.provenance import BESIDE
from ml.governance.publication import withdraw_challenger
from ml.governance.registry import (
    CHALLENGER,
    CHAMPION,
    CONTENT,
    alias_holder,
    artefact,
    find_version,
    open_registry,
    recorded_run,
)

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


@dataclass(frozen=True)
class Version:
    """A registered version in a list; `trained_at` is UTC, `gate` the verdict of its run, `beside` the champion of that day."""

    number: str
    model_version: str
    trained_at: datetime
    gate: str
    beside: str


@dataclass(frozen=True)
class Versions:
    """The registry, for one model."""

    settings: Settings
    model: ModelName

    def listed(self) -> tuple[Version, ...]:
        """Every registered version, oldest first."""
        client = open_registry(self.settings)
        found = client.search_model_versions(f"name = '{self.model}'")
        return tuple(
            _version(version, recorded_run(client, version).tags)
            for version in sorted(found, key=lambda one: int(one.version))
        )

    def candidate(self, number: str) -> Candidate:
        """A version with its artefact.

        Raises NotFoundError for an unknown number, PermanentError where the artefact is not what its gate judged.
        """
        client = open_registry(self.settings)
        tags = recorded_run(client, find_version(client, self.model, number)).tags
        content = artefact(self.settings, self.model, number)
        if CONTENT in tags and hashlib.sha256(content).hexdigest() != tags[CONTENT]:
            raise PermanentError(
                f"The artefact of version {number} of {self.model} is not the one that its gate judged.",
                hint=f"Train again. What was recorded: sha256 {tags[CONTENT]}.",
            )
        return Candidate(number, Champion(content).version, content, tags.get("gate", ""))

    def champion(self) -> str | None:
        """The number that the registry's alias names."""
        return alias_holder(open_registry(self.settings), self.model, CHAMPION)

    def challenger(self) -> str | None:
        """The number of the version in the champion's shadow."""
        return alias_holder(open_registry(self.settings), self.model, CHALLENGER)

    def appoint(self, promotion: Promotion) -> None:
        """Point the alias at a promoted version, which is nobody's challenger from then on, and say there who decided."""
        client = open_registry(self.settings)
        client.set_registered_model_alias(self.model, CHAMPION, promotion.number)
        challenger = alias_holder(client, self.model, CHALLENGER)
        if challenger == promotion.number:
            client.delete_registered_model_alias(self.model, CHALLENGER)
        if challenger in {promotion.number, None}:
            # Another challenger's file is left alone: whether it can be read must not decide on a champion.
            withdraw_challenger(self.settings, self.model)
        for name, value in _tags(promotion).items():
            client.set_model_version_tag(self.model, promotion.number, f"promotion.{name}", value)


def _version(version: ModelVersion, tags: Mapping[str, str]) -> Version:
    return Version(
        number=str(version.version),
        model_version=tags.get("model_version", ""),
        trained_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        gate=tags.get("gate", ""),
        beside=tags.get(BESIDE, ""),
    )


def _tags(promotion: Promotion) -> dict[str, str]:
    return {
        "sequence": str(promotion.sequence),
        "action": promotion.action,
        "by": promotion.decided_by or "policy",
        "role": promotion.role,
        "reason": promotion.reason,
        "at": promotion.decided_at.isoformat(),
        "previous": promotion.previous or "none",
    }
