"""The model card: one page for whoever has to judge a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ml.governance.gate import Gate


def model_card(
    title: str, purpose: str, facts: Mapping[str, str], metrics: Mapping[str, float], gate: Gate, limits: Sequence[str]
) -> str:
    """Markdown: what it is for, what it was made from, how good it is on what was held out, the gate, its limits."""
    lines = [f"# {title}", "", purpose, "", "## Made from", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "## On what was held out", "", "| metric | value | 95 % interval |", "|---|---|---|"]
    lines += [f"| {name} | {value:.6g} | {_interval(name, metrics)} |" for name, value in _values(metrics)]
    lines += ["", "## Promotion gate", "", "| condition | found | wanted | holds |", "|---|---|---|---|"]
    lines += [
        f"| {item.name} | {item.found:.6g} | {item.wanted} | {'yes' if item.holds else 'no'} |"
        for item in gate.conditions
    ]
    lines += ["", "## Limits", "", *(f"- {limit}" for limit in limits), ""]
    return "\n".join(lines)


def _values(metrics: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Metrics without the ends of intervals, which stand beside their metric."""
    for name, value in metrics.items():
        whole, _, end = name.rpartition("_")
        if end not in {"low", "high"} or whole not in metrics:
            yield name, value


def _interval(name: str, metrics: Mapping[str, float]) -> str:
    if f"{name}_low" not in metrics:
        return ""
    return f"{metrics[f'{name}_low']:.6g} to {metrics[f'{name}_high']:.6g}"
