"""Reads the columns that a mapping names out of a CSV or Parquet file, and keeps the rows that were asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pacsv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from sources.importing.mapping import Mapping


def read_file(path: Path, mapping: Mapping) -> pa.Table:
    """The mapped columns of the file; a CSV file's are texts.

    Raises InvalidInputError for a file that is not there, is of another kind, or lacks a column.
    """
    if not path.exists():
        raise InvalidInputError(f"no file {path}", field="file")
    names = _columns(path)
    if missing := [name for name in mapping.sources if name not in names]:
        raise InvalidInputError(
            f"{path.name} has no column {missing[0]!r}", field="columns", hint=f"It has {', '.join(names)}."
        )
    if path.suffix == ".parquet":
        return pq.read_table(path, columns=mapping.sources)
    types = {name: pa.string() for name in mapping.sources}
    options = pacsv.ConvertOptions(
        include_columns=mapping.sources, column_types=types, null_values=[""], strings_can_be_null=True
    )
    try:
        return pacsv.read_csv(path, convert_options=options)
    except pa.ArrowInvalid as error:
        raise InvalidInputError(f"{path.name} is no well-formed CSV file: {error}", field="file") from error


def numbered(values: pa.ChunkedArray) -> pd.Series:
    """A column; its index is the row number, from 1."""
    series: pd.Series = values.to_pandas()
    series.index = pd.RangeIndex(1, len(series) + 1)
    return series


def take_rows(table: pa.Table, rows: pd.Index) -> pd.DataFrame:
    """The rows of these numbers, in their order."""
    frame: pd.DataFrame = table.take(pa.array(rows.to_numpy() - 1)).to_pandas()
    frame.index = rows
    return frame


def parse_times(values: pd.Series, mapping: Mapping) -> pd.Series:
    """Instants in UTC; NaT where a value is no time (ISO 8601). Times without an offset are in the mapping's zone."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return _in_utc(values, mapping)
    texts = values.astype("string")
    offset = texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").fillna(value=False).astype(bool)
    times = _in_utc(pd.to_datetime(texts.where(~offset), errors="coerce", format="ISO8601"), mapping)
    return times.where(
        ~offset, _in_utc(pd.to_datetime(texts.where(offset), errors="coerce", format="ISO8601", utc=True), mapping)
    )


def _in_utc(times: pd.Series, mapping: Mapping) -> pd.Series:
    if times.dt.tz is None:
        times = times.dt.tz_localize(mapping.zone, ambiguous=False, nonexistent="shift_forward")
    return times.dt.tz_convert("UTC").astype("datetime64[us, UTC]")


def in_range(times: pd.Series, mapping: Mapping, start: date | None, end: date | None) -> pd.Series:
    """Rows from `start` on and before `end`, days of the mapping's zone; rows without a time stay, to be rejected."""
    wanted = pd.Series(data=True, index=times.index)
    if start is not None:
        wanted &= times.isna() | (times >= pd.Timestamp(start, tz=mapping.zone))
    if end is not None:
        wanted &= times.isna() | (times < pd.Timestamp(end, tz=mapping.zone))
    return wanted


def _columns(path: Path) -> list[str]:
    try:
        if path.suffix == ".parquet":
            return list(pq.read_schema(path).names)
        if path.suffix == ".csv":
            return list(pacsv.open_csv(path).schema.names)
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidInputError(f"{path.name} cannot be read as {path.suffix}: {error}", field="file") from error
    raise InvalidInputError(f"{path.name} is neither .csv nor .parquet", field="file")
