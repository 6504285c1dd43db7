"""Tables of a model's versions and of its promotions, for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.models.standing import Standings
from contracts.models import ModelName
from contracts.models.inventory import model_inventory
from contracts.settings import Settings
from ml.governance.ledger import read_history
from ml.governance.promotion import Promotion, approval_command
from ml.governance.versions import Versions

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def show_versions(settings: Settings, model: ModelName, console: Console) -> None:
    """Print every registered version, oldest first, and how the newest that waits is approved."""
    versions, history = Versions(settings, model), read_history(settings, model)
    champion = history[-1].number if history else versions.champion()
    standings = Standings(champion, versions.challenger(), history)
    table = _table("number", "version", "trained at", "stands", "judged beside", "gate")
    waiting = None
    for version in versions.listed():
        stands = standings.of(version)
        waiting = version.number if stands == "awaits approval" else waiting
        words = (f"{version.trained_at:{_INSTANT}}", stands, version.beside, escape(version.gate or "no verdict"))
        table.add_row(version.number, version.model_version, *words)
    console.print(table if table.row_count else f"No version of {model} is registered: the job main_line trains it.")
    if waiting is not None:
        role = model_inventory().entry(model).record.approver_role
        console.print(f"Version {waiting} awaits the {role}:", highlight=False)
        console.print(approval_command(model, waiting), highlight=False, markup=False)


def show_history(settings: Settings, model: ModelName, console: Console) -> None:
    """Print every promotion and rollback, oldest first, and what does not follow the last one."""
    history = read_history(settings, model)
    table = _table("", "version", "what", "by", "role", "at", "instead of", "reason")
    for row in history:
        by = "policy" if row.decided_by is None else escape(row.decided_by)
        words = (f"{row.number} ({row.model_version})", _what(row, row is history[-1]), by, escape(row.role))
        table.add_row(str(row.sequence), *words, f"{row.decided_at:{_INSTANT}}", row.previous or "", escape(row.reason))
    console.print(table if history else f"Nobody has promoted a version of {model} yet.")
    champion = Versions(settings, model).champion()
    if history and champion != history[-1].number:
        console.print(
            f"The registry calls {champion or 'none'} champion, which nobody decided here."
            f" Make it follow: ./atalaya model follow {model}",
            highlight=False,
        )


def _what(row: Promotion, last: bool) -> str:
    action = row.action.replace("_", " ")
    if row.in_effect_at is not None:
        return action
    return (
        f"{action}, not in effect yet: repeat the command" if last else f"{action}, superseded before it was in effect"
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
