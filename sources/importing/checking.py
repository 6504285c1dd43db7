"""Checks every row against the transaction contract, column by column, and keeps the reasons of the rows that fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.events import SECONDS_AHEAD, event_schema
from contracts.money import load_currencies
from contracts.tables import find_table
from sources.importing.amounts import amount_problems
from sources.importing.mapping import Mapping, Source


def map_rows(raw: pd.DataFrame, times: pd.Series, mapping: Mapping) -> pd.DataFrame:
    """The rows with the columns of account_transactions, unchecked; `amount` is float, NaN where it is no number."""
    rows = pd.DataFrame(index=raw.index)
    for name, source in mapping.columns.items():
        if name == "occurred_at":
            rows[name] = times
        elif name == "amount":
            rows[name] = pd.to_numeric(raw[source.source], errors="coerce").astype(np.float64)
        else:
            rows[name] = _texts(raw, source)
    for name, value in mapping.constants.items():
        rows[name] = value
    if "customer_id" not in rows:
        rows["customer_id"] = rows["account_id"]
    if "status" not in rows:
        rows["status"] = "completed"
    return rows


def find_rejects(rows: pd.DataFrame) -> pd.DataFrame:
    """One line (row, field, reason) for each row that breaks the contract: the first reason found."""
    found = [
        pd.DataFrame({"row": rows.index[bad], "field": field, "reason": reason})
        for field, reason, bad in _problems(rows)
        if bad.any()
    ]
    if not found:
        return pd.DataFrame({"row": [], "field": [], "reason": []})
    return pd.concat(found).drop_duplicates("row").sort_values("row").reset_index(drop=True)


def _problems(rows: pd.DataFrame) -> Iterator[tuple[str, str, Any]]:
    properties: dict[str, dict[str, Any]] = event_schema("transaction.processed.v1").schema["properties"]
    optional = {column.name for column in find_table("diasporacore", "account_transactions").columns if column.optional}
    for name in rows.columns:
        if name not in optional:
            yield name, "is missing or unreadable", rows[name].isna().to_numpy()
    yield from amount_problems(rows, properties)
    ahead = pd.Timestamp.now("UTC") + pd.Timedelta(seconds=properties["occurred_at"][SECONDS_AHEAD])
    yield "occurred_at", "lies in the future", (rows["occurred_at"] > ahead).to_numpy()
    known = rows["currency"].isin(load_currencies())
    yield "currency", "is not a currency that the platform knows", (~known & rows["currency"].notna()).to_numpy()
    for name in rows.columns.intersection(list(properties)):
        yield from _text_problems(name, rows[name], properties[name])


def _text_problems(name: str, values: pd.Series, rule: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    if "enum" in rule:
        bad = values.notna() & ~values.isin(rule["enum"])
        yield name, f"is not one of {', '.join(rule['enum'])}", bad.to_numpy()
    if "minLength" in rule:
        yield name, f"is shorter than {rule['minLength']}", (values.str.len() < rule["minLength"]).to_numpy()
    if "maxLength" in rule:
        yield name, f"is longer than {rule['maxLength']}", (values.str.len() > rule["maxLength"]).to_numpy()
    if "pattern" in rule:
        fits = values.astype(str).str.contains(rule["pattern"], regex=True)
        yield name, f"does not match {rule['pattern']}", (values.notna() & ~fits).to_numpy()


def _texts(raw: pd.DataFrame, source: Source) -> pd.Series:
    values = raw[source.source]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    texts = values.astype("string")
    # A CSV file cannot tell an empty text from none, and a prefix would make an identifier of it.
    return (source.prefix + texts).astype(object).where(texts.notna() & (texts != ""), None)
