"""What a run was made from and by, told once and put into its tags and its card alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.models import ModelName
from contracts.models.inventory import InventoryEntry, model_inventory
from ml.champions import Champion
from ml.governance.code_version import code_version
from ml.governance.environment import environment
from ml.governance.gate import Gate
from ml.governance.promotion import PASSED

BESIDE = "judged_beside"


@dataclass(frozen=True)
class Provenance:
    """`snapshots` are ids by lakehouse table, `features` are versions by declaration, `environment` by library."""

    inventory: InventoryEntry
    snapshots: Mapping[str, str]
    features: Mapping[str, str]
    code: str
    environment: Mapping[str, str]

    def tags(self, gate: Gate) -> dict[str, str]:
        """The run's tags: by them it is found, reproduced and judged."""
        return {**self.origin(), "gate": PASSED if gate.passed else "; ".join(gate.failures())}

    def origin(self) -> dict[str, str]:
        """The tags without the verdict: what a training is made from and by."""
        return {
            "model": self.inventory.model,
            "code": self.code,
            **{f"snapshot.{table}": snapshot for table, snapshot in self.snapshots.items()},
            **{f"features.{name}": version for name, version in self.features.items()},
            **{f"environment.{name}": version for name, version in self.environment.items()},
            **{f"inventory.{name}": value for name, value in self.inventory.facts().items()},
        }

    def facts(self) -> dict[str, str]:
        """The card's lines."""
        return {
            **{name.replace("_", " "): value for name, value in self.inventory.facts().items()},
            "code": self.code,
            **{f"snapshot of {table}": snapshot for table, snapshot in self.snapshots.items()},
            **{f"version of {name}": version for name, version in self.features.items()},
        }


def provenance(model: ModelName, snapshots: Mapping[str, str], features: Mapping[str, str]) -> Provenance:
    """Of a run that is made now, by the code that runs."""
    entry = model_inventory().entry(model)
    return Provenance(entry, dict(snapshots), dict(features), code_version(), environment())


def judged_beside(champion: Champion | None) -> dict[str, str]:
    """The tag that names the champion of the day: a verdict is about a pair, and another may be served when it is read."""
    return {BESIDE: champion.version if champion else "none"}
