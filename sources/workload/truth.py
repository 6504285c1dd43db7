"""What was planted, kept where no pipeline reads it: one file for each history or live run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from contracts.settings import Settings
from sources.workload.columns import NEVER, Columns

COLUMNS = (
    "origin", "app", "kind", "case_id", "transaction_id", "leg", "attempt", "account_id", "party_id", "amount", "currency",
    "occurred_at", "known_at",
)  # fmt: skip


def write_history_truth(settings: Settings, seed: int, truth: Columns) -> Path:
    """Replace the truth of a history; amounts are in the currency, times UTC."""
    frame = pd.DataFrame(truth)
    frame["origin"] = "history"
    frame["amount"] = frame["amount"] / 100
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], unit="us", utc=True)
    known = frame["known_at"].where(frame["known_at"] != NEVER)
    frame["known_at"] = pd.to_datetime(known, unit="us", utc=True)
    path = settings.truth_directory / f"history-{seed}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame[list(COLUMNS)].to_parquet(path, index=False)
    return path


def append_live_truth(path: Path, rows: list[dict[str, Any]]) -> None:
    """Add planted movements as they are committed, so that a run that ends early keeps its truth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, default=str) + "\n" for row in rows)


def read_truth(settings: Settings) -> pd.DataFrame:
    """Every planted movement of this state, history and live; empty columns when nothing was planted."""
    folder = settings.truth_directory
    parts = [pd.read_parquet(path) for path in sorted(folder.glob("history-*.parquet"))]
    for path in sorted(folder.glob("live-*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        live = pd.DataFrame(rows, columns=list(COLUMNS))
        for name in ("occurred_at", "known_at"):
            live[name] = pd.to_datetime(live[name], utc=True, format="ISO8601")
        parts.append(live)
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
