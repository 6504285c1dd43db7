"""The model card: one page for whoever has to judge a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml.governance.gate import Gate


def model_card(
    title: str, purpose: str, facts: Mapping[str, str], metrics: Mapping[str, float], gate: Gate, limits: Sequence[str]
) -> str:
    """Markdown: what it is for, what it was made from, how good it is on held-out time, the gate, its limits."""
    lines = [f"# {title}", "", purpose, "", "## Made from", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "## On held-out time", "", "| metric | value |", "|---|---|"]
    lines += [f"| {name} | {value:.6g} |" for name, value in metrics.items()]
    lines += ["", "## Promotion gate", "", "| condition | found | wanted | holds |", "|---|---|---|---|"]
    lines += [
        f"| {item.name} | {item.found:.6g} | {item.wanted} | {'yes' if item.holds else 'no'} |"
        for item in gate.conditions
    ]
    lines += ["", "## Limits", "", *(f"- {limit}" for limit in limits), ""]
    return "\n".join(lines)
