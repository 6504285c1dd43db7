"""The result of a backtest as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

Json = dict[str, Any]

_COUNTS = ("noticed", "caught", "missed", "false_alarms", "open")
_MONEY = ("caught_usd_minor", "missed_usd_minor", "wrongly_usd_minor")
_METRICS = (
    *("auc", "average_precision", "review_recall", "review_precision", "review_money_recall"),
    *("decline_recall", "decline_precision", "decline_money_recall"),
)


def show(result: Json, console: Console) -> None:
    """Print the tables of a result."""
    if "control" in result:
        console.print(_control(result["control"]))
    if "comparison" in result:
        comparison = result["comparison"]
        console.print(_totals(comparison))
        console.print(_changes(comparison))
        console.print(_rules(comparison["rules"]))
        console.print(_models(result["models"]))


def _totals(comparison: Json) -> Table:
    title = f"{comparison['movements']:,} movements"
    table = _table(title, "", "noticed", "caught", "missed", "false alarms", "open", *_money_titles())
    for name, words in (("decided", "as decided"), ("tried", "candidate")):
        tally = comparison[name]
        table.add_row(words, *_numbers(tally, _COUNTS), *_dollars(tally, _MONEY))
    return table


def _changes(comparison: Json) -> Table:
    table = _table("What would change", "", "movements", "confirmed", "legitimate", "open", "USD")
    for name, words in (("newly_stopped", "newly stopped"), ("newly_allowed", "newly let through")):
        changed = comparison[name]
        table.add_row(
            words,
            *_numbers(changed, ("movements", "confirmed", "legitimate", "open")),
            *_dollars(changed, ("usd_minor",)),
        )
    return table


def _rules(rules: Json) -> Table:
    """Those that held at any movement; what a single rule missed is what the others were there for."""
    heard = {name: rule for name, rule in rules.items() if rule["decided"]["noticed"] or rule["tried"]["noticed"]}
    title = f"Rules; {len(rules) - len(heard)} others hold at no movement"
    table = _table(title, "rule", "before", "now", "caught", "false alarms", "USD caught", "USD wrongly")
    for name, rule in heard.items():
        table.add_row(
            name,
            *_numbers(rule["decided"], ("noticed",)),
            *_numbers(rule["tried"], ("noticed", "caught", "false_alarms")),
            *_dollars(rule["tried"], ("caught_usd_minor", "wrongly_usd_minor")),
        )
    return table


def _models(models: Json) -> Table:
    shown = {name: metrics for name, metrics in models.items() if metrics}
    table = _table("Models, on judged movements", "", *(_head(name, shown[name]) for name in shown))
    for metric in _METRICS:
        if shown:
            table.add_row(metric.replace("_", " "), *(f"{metrics[metric]:.4f}" for metrics in shown.values()))
    return table


def _control(control: Json) -> Table:
    table = _table("Control: what is active, replayed", "", "decisions")
    features = control["differing_features"]
    for name, count in control.items():
        if name != "differing_features":
            table.add_row(name.replace("_", " "), f"{count:,}")
    for name, count in sorted(features.items(), key=lambda one: (-one[1], one[0])):
        table.add_row(f"  {name}", f"{count:,}")
    return table


def _head(name: str, metrics: Json) -> str:
    return f"{'candidate' if name == 'tried' else 'as decided'} {metrics['version']}"


def _money_titles() -> tuple[str, ...]:
    return "USD caught", "USD missed", "USD wrongly"


def _numbers(values: Json, names: tuple[str, ...]) -> list[str]:
    return [f"{values[name]:,}" for name in names]


def _dollars(values: Json, names: tuple[str, ...]) -> list[str]:
    return [f"{values[name] / 100:,.0f}" for name in names]


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table
