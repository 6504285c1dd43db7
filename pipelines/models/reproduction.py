"""A training run made again from what it recorded, and its bytes beside those that are registered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from contracts.errors import NotFoundError
from contracts.models import ModelName, fraud_model
from contracts.models.behaviour import behaviour_model, card_model
from contracts.models.credit import (
    BEHAVIOUR_MODELS,
    CREDIT_MODELS,
    BehaviourModelName,
    CreditModelName,
    credit_model,
)
from ml.governance.provenance import Provenance
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import read_fraud_data, read_loan_data
from pipelines.models.observations import read_observations

# What must be equal for equal bytes, by the prefix of its tags, in the order in which a difference explains most.
_EXPLAINS = ("code", "features.", "environment.")
_SNAPSHOT = "snapshot."


@dataclass(frozen=True)
class Recorded:
    """What a run left: its tags, its parameters as MLflow keeps them, and the registered artefact."""

    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    content: bytes

    @property
    def snapshots(self) -> dict[str, str]:
        """Ids by lakehouse table; raises NotFoundError where the run recorded none."""
        found = {name.removeprefix(_SNAPSHOT): value for name, value in self.tags.items() if name.startswith(_SNAPSHOT)}
        if not found:
            raise NotFoundError(
                "The run recorded no snapshot of its data.", hint="It cannot be made again: train anew."
            )
        return found


@dataclass(frozen=True)
class Reproduction:
    """Digests of the registered and of the new artefact, and what differs from when the run was made, code first."""

    recorded_sha256: str
    made_sha256: str
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both are the same bytes."""
        return self.recorded_sha256 == self.made_sha256


@dataclass(frozen=True)
class _Now:
    """What a training would be if it were made now."""

    provenance: Provenance
    parameters: Mapping[str, str | int | float]


def reproduce(model: ModelName, recorded: Recorded, lake: Lake) -> Reproduction:
    """Train again from the recorded snapshots, with the code and the declarations that are here.

    Raises NotFoundError when a snapshot is gone, InvalidInputError when there is too little to learn.
    """
    content = _TRAININGS[model](lake, recorded.snapshots)
    return Reproduction(
        recorded_sha256=hashlib.sha256(recorded.content).hexdigest(),
        made_sha256=hashlib.sha256(content).hexdigest(),
        differences=differences(recorded, _now(model, recorded.snapshots)),
    )


def differences(recorded: Recorded, now: _Now) -> tuple[str, ...]:
    """In words: code, versions of features, libraries and parameters that are not what they were."""
    present = now.provenance.origin()
    told = []
    for prefix in _EXPLAINS:
        names = sorted({name for name in (*recorded.tags, *present) if name.startswith(prefix)})
        told += _compared({name: recorded.tags.get(name) for name in names}, present)
    parameters = {name: str(value) for name, value in now.parameters.items()}
    before = {name: recorded.parameters.get(name) for name in sorted({*recorded.parameters, *parameters})}
    return (*told, *_compared(before, parameters))


def _compared(before: Mapping[str, str | None], now: Mapping[str, str]) -> list[str]:
    return [
        f"{name} was {value or 'not recorded'}, is {now.get(name, 'not there')}"
        for name, value in before.items()
        if value != now.get(name)
    ]


def _now(model: ModelName, snapshots: dict[str, str]) -> _Now:
    if model == "fraud":
        from ml.fraud.run import fraud_parameters, fraud_provenance  # noqa: PLC0415 - LightGBM costs 3 s to import

        return _Now(fraud_provenance(snapshots), fraud_parameters(fraud_model()))
    from ml.credit.run import card_parameters, card_provenance  # noqa: PLC0415 - likewise

    declared = card_model(model)
    return _Now(card_provenance(declared, snapshots), card_parameters(declared))


def _fraud(lake: Lake, snapshots: dict[str, str]) -> bytes:
    from ml.fraud.run import train_fraud  # noqa: PLC0415

    data = read_fraud_data(lake, snapshots)
    return train_fraud(data.decisions, data.labels).content


def _card(model: CreditModelName, lake: Lake, snapshots: dict[str, str]) -> bytes:
    from ml.credit.run import train_card  # noqa: PLC0415

    declared = credit_model(model)
    data = read_loan_data(lake, snapshots, declared)
    return train_card(declared, data.loans, groups=data.groups).content


def _behaviour(model: BehaviourModelName, lake: Lake, snapshots: dict[str, str]) -> bytes:
    from ml.credit.behaviour_run import train_behaviour  # noqa: PLC0415

    declared = behaviour_model(model)
    return train_behaviour(declared, read_observations(lake, declared, snapshots).observations).content


_TRAININGS: dict[ModelName, Callable[[Lake, dict[str, str]], bytes]] = {
    "fraud": _fraud,
    **{model: partial(_card, model) for model in CREDIT_MODELS},
    **{model: partial(_behaviour, model) for model in BEHAVIOUR_MODELS},
}
