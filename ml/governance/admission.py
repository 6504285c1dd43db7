"""What becomes of a version that was just registered: champion where the policy lets the gate decide, else it waits for a person."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.models import ModelName
from contracts.settings import Settings
from ml.champions import ChampionWatch
from ml.governance.gate import Gate
from ml.governance.succession import open_succession


@dataclass(frozen=True)
class Admission:
    """`promoted`: it is served now. `awaits_approval`: it passed its gate, and is another model than the one served."""

    promoted: bool
    awaits_approval: bool


def admit(settings: Settings, model: ModelName, number: str, gate: Gate, model_version: str) -> Admission:
    """Complete what a crash left half way, then let a first champion in; every later one needs a named approval."""
    with open_succession(settings, model) as succession:
        succession.complete()
        promoted = gate.passed and succession.take_first(number)
    serving = ChampionWatch(settings, model).current()
    served = serving is not None and serving.version == model_version
    return Admission(promoted, awaits_approval=gate.passed and not served)
