"""What decides in a replay: the compiled rules and the model, the active ones or those that are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from contracts.errors import InvalidInputError
from contracts.features import feature_names
from contracts.models.files import champion_file
from contracts.rules import RulePack, compile_packs, load_rule_pack, load_rule_packs
from contracts.settings import Settings
from ml.champions import Champion


@dataclass(frozen=True)
class Candidate:
    """`rules` as the kernel's file; `model` is an ONNX artefact, None where no model decides."""

    rules: str
    model: bytes | None


def active(settings: Settings) -> Candidate:
    """What the live job decides by at this moment."""
    file = champion_file(settings, "fraud")
    rules = settings.rules_file
    return Candidate(
        rules=rules.read_text(encoding="utf-8") if rules.exists() else compile_packs(load_rule_packs()),
        model=file.read_bytes() if file.exists() else None,
    )


def tried(settings: Settings, rules: Sequence[Path], model: str) -> Candidate:
    """The active rules and model with what is tried in their place; raises InvalidInputError for what cannot be."""
    current = active(settings)
    return Candidate(
        rules=compile_packs(load_rule_packs() | read_packs(rules)) if rules else current.rules,
        model=_artefact(settings, model) if model else current.model,
    )


def read_packs(files: Sequence[Path]) -> dict[str, RulePack]:
    """The packs of files by jurisdiction; raises InvalidInputError in pydantic's words for a file that is none."""
    packs: dict[str, RulePack] = {}
    for file in files:
        try:
            pack = load_rule_pack(file)
        except FileNotFoundError as error:
            raise InvalidInputError(f"there is no {file}", field="rules") from error
        except (ValidationError, yaml.YAMLError, TypeError, OSError) as error:
            raise InvalidInputError(f"{file} is no rule pack: {error}", field="rules") from error
        if pack.jurisdiction in packs:
            raise InvalidInputError(f"two packs are for {pack.jurisdiction}", field="rules")
        packs[pack.jurisdiction] = pack
    return packs


def load_model(content: bytes) -> Champion:
    """The model in memory; raises InvalidInputError for what is none, and for one that wants an undeclared feature."""
    try:
        model = Champion(content)
    except Exception as error:  # ONNX Runtime raises its own classes
        raise InvalidInputError(f"this is no model that the job could serve: {error!r}", field="model") from error
    unknown = sorted(set(model.features) - set(feature_names()))
    if unknown:
        raise InvalidInputError(f"the model wants {', '.join(unknown)}, which no contract declares", field="model")
    return model


def _artefact(settings: Settings, model: str) -> bytes:
    if model.isdigit():
        from ml.governance.registry import artefact

        content = artefact(settings, "fraud", model)
    else:
        try:
            content = Path(model).read_bytes()
        except OSError as error:
            hint = "Give an ONNX file, or the number of a registered version."
            raise InvalidInputError(f"{model} cannot be read: {error}", field="model", hint=hint) from error
    load_model(content)
    return content
