"""A model's versions and its promotions in lines, for a terminal and for `grep`."""

from __future__ import annotations

from collections.abc import Sequence

from cli.models.standing import Standings
from contracts.models import ModelName
from contracts.models.inventory import model_inventory
from contracts.settings import Settings
from ml.governance.ledger import read_history
from ml.governance.promotion import Promotion, approval_command
from ml.governance.versions import Version, Versions


def list_versions(settings: Settings, model: ModelName) -> list[str]:
    """Every registered version, oldest first, and how the newest that waits is approved."""
    registry, history = Versions(settings, model), read_history(settings, model)
    champion = history[-1].number if history else registry.champion()
    return version_lines(model, Standings(registry.listed(), champion, registry.challenger(), history))


def list_history(settings: Settings, model: ModelName) -> list[str]:
    """Every promotion and rollback, oldest first, and what does not follow the last one."""
    return history_lines(model, read_history(settings, model), Versions(settings, model).champion())


def version_lines(model: ModelName, standings: Standings) -> list[str]:
    """One line for each version, then the command for the one that waits."""
    if not standings.versions:
        return [f"No version of {model} is registered: the job main_line trains one."]
    lines = [_version_line(version, standings.of(version)) for version in standings.versions]
    waiting = standings.waiting()
    if waiting is None:
        return lines
    role = model_inventory().entry(model).record.approver_role
    return [*lines, f"Version {waiting.number} awaits the {role}:", approval_command(model, waiting.number)]


def history_lines(model: ModelName, history: Sequence[Promotion], champion: str | None) -> list[str]:
    """One line for each row; `champion` is who the registry says it is."""
    if not history:
        return [f"Nobody has promoted a version of {model} yet."]
    lines = [
        f"{row.sequence}. Version {row.number} ({row.model_version}) {row.told()}{_effect(row, row is history[-1])}"
        for row in history
    ]
    if champion == history[-1].number:
        return lines
    follow = f"make it follow: ./atalaya model follow {model}"
    return [*lines, f"MLflow calls version {champion or 'none'} champion, which is not what was decided; {follow}"]


def _version_line(version: Version, stands: str) -> str:
    beside, gate = version.beside or "unknown", version.gate or "no verdict"
    trained = f"{version.trained_at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{version.number:>4}  {version.model_version:<24}  {trained}  {stands:<19}  beside {beside}; gate: {gate}"


def _effect(row: Promotion, last: bool) -> str:
    if row.in_effect_at is not None:
        return ""
    return " [not in effect yet: repeat the command]" if last else " [superseded before it was in effect]"
