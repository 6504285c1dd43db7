"""What an import takes of a file: the rows that keep the contract, which of them were fraud, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from sources.importing.checking import find_rejects, map_rows
from sources.importing.mapping import Mapping
from sources.importing.reading import in_range, numbered, parse_times, read_file, take_rows


@dataclass(frozen=True)
class AcceptedRows:
    """`rows` in order of time, with the mapped columns of account_transactions; `fraud` says it of each.

    `read` counts the whole file; `rejects` has row, field and reason of what was asked for and is not taken.
    """

    rows: pd.DataFrame
    fraud: npt.NDArray[np.bool_]
    rejects: pd.DataFrame
    read: int


def accept_rows(
    file: Path, mapping: Mapping, *, start: date | None = None, end: date | None = None, limit: int | None = None
) -> AcceptedRows:
    """The rows from `start` on and before `end` (days of the mapping's zone), the first `limit` of them in time.

    Raises InvalidInputError for a file that cannot be read as the mapping says.
    """
    table = read_file(file, mapping)
    times = parse_times(numbered(table.column(mapping.columns["occurred_at"].source)), mapping)
    chosen = in_range(times, mapping, start, end)
    raw = take_rows(table, times[chosen].sort_values(kind="stable").index[:limit])
    rows = map_rows(raw, times.loc[raw.index], mapping)
    rejects = find_rejects(rows)
    rows = rows.drop(index=rejects["row"])
    return AcceptedRows(rows, _fraud(raw.loc[rows.index], mapping), rejects, len(table))


def _fraud(raw: pd.DataFrame, mapping: Mapping) -> npt.NDArray[np.bool_]:
    if mapping.label is None:
        return np.zeros(len(raw), dtype=np.bool_)
    told: npt.NDArray[np.bool_] = raw[mapping.label.source].astype("string").isin(mapping.label.fraud_values).to_numpy()
    return told
