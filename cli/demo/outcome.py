"""The result as a person reads it: what travelled, how fast, what was caught, what was filed."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.models.credit import CARD_NAMES

_HEADLINES: dict[str, tuple[str, ...]] = {
    "fraud": ("auc", "average_precision"),
    **dict.fromkeys(CARD_NAMES, ("auc", "gini")),
}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the tables of a `demo.json`."""
    console.print(_rows(result["rows"]))
    console.print(_detections(result["planted"]))
    console.print(_look_alikes(result["look_alikes"]))
    console.print(_facts(result))


def _rows(rows: dict[str, dict[str, int]]) -> Table:
    table = _table("Rows", "table", "source", "changes in bronze", "silver")
    for name, counts in rows.items():
        table.add_row(name, *(f"{counts[column]:,}" for column in ("source", "bronze_changes", "silver")))
    return table


def _detections(planted: dict[str, dict[str, int]]) -> Table:
    table = _table("Planted in live traffic", "kind", "planted", "caught", "false alarms")
    for kind, counts in planted.items():
        table.add_row(
            kind.replace("_", " "), *(f"{counts[column]:,}" for column in ("planted", "caught", "false_alarms"))
        )
    return table


def _look_alikes(found: dict[str, dict[str, int]]) -> Table:
    table = _table("Honest look-alikes in live traffic", "kind", "cases", "false alarms", "movements stopped")
    for kind, counts in found.items():
        name = kind.removeprefix("benign_").replace("_", " ")
        table.add_row(name, *(f"{counts[column]:,}" for column in ("planted", "alarmed", "stopped")))
    return table


def _facts(result: dict[str, Any]) -> Table:
    table = _table("What happened", "", "")
    for name, latency in result["latency_ms"].items():
        label = name.replace("_to_", " → ")
        table.add_row(
            label, f"p50 {latency['p50']:,.0f} ms, p99 {latency['p99']:,.0f} ms over {latency['movements']:,}"
        )
    for model, metrics in result["models"].items():
        shown = [f"{name} {metrics[name]:.3f}" for name in metrics if name in _HEADLINES.get(model, ())]
        table.add_row(f"model {model}", ", ".join(shown) or "champion")
    for name, value in result["totals"].items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    valid = sum(1 for report in result["reports"] if report["valid"])
    table.add_row("reports", f"{valid} of {len(result['reports'])} valid")
    table.add_row("time", f"{result['seconds']['total']:,.0f} s, downloads {result['downloads_seconds']:,.0f} s")
    table.add_row("peak memory", f"{result['peak_pss_gib']:.1f} GiB (PSS)")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 or len(columns) == len(("name", "value")) else "right")
    return table
