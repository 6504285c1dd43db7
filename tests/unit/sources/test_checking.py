"""Rows of other people's files: each bad one is named with its field, the good ones pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.events import event_schema
from contracts.money import load_currencies, minor_units, rate_on, usd_minor
from sources.importing.amounts import amount_problems, hundredths
from sources.importing.checking import find_rejects, map_rows
from sources.importing.mapping import Mapping
from sources.importing.reading import in_range, numbered, parse_times, read_file, take_rows

MAPPING = Mapping.model_validate(
    {
        "name": "shop",
        "tenant": {"country": "CA"},
        "time_zone": "America/Toronto",
        "columns": {
            "transaction_id": {"source": "id", "prefix": "s-"},
            "account_id": "account",
            "amount": "paid",
            "currency": "money",
            "occurred_at": "time",
            "counterparty_country": "where",
        },
        "constants": {"kind": "card_payment", "leg": "debit", "channel": "card_present"},
    }
)
HEAD = "id,account,paid,money,time,where\n"
GOOD = "1,a,10.50,CAD,2026-03-01T12:00:00,CA\n"


def rejects(folder: Path, *lines: str) -> list[tuple[int, str]]:
    raw, times = read(folder, *lines)
    found = find_rejects(map_rows(raw, times, MAPPING))
    return list(zip(found["row"], found["field"], strict=True))


def read(folder: Path, *lines: str) -> tuple[pd.DataFrame, pd.Series]:
    path = folder / "file.csv"
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    table = read_file(path, MAPPING)
    times = parse_times(numbered(table.column("time")), MAPPING)
    return take_rows(table, times.index), times


def test_good_rows_pass(tmp_path: Path) -> None:
    assert rejects(tmp_path, GOOD, "2,a,1,CAD,2026-03-01T12:00:00+05:30,\n") == []


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (",a,10,CAD,2026-03-01T12:00:00,CA\n", "transaction_id"),
        ("2,,10,CAD,2026-03-01T12:00:00,CA\n", "account_id"),
        ("2,a,ten,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,10,CAD,2126-03-01T12:00:00,CA\n", "occurred_at"),
        ("2,a,0,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,-3,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,1e15,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,1e307,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,0.005,CAD,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,0.4,JPY,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,0.50,XOF,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,9e11,GBP,2026-03-01T12:00:00,CA\n", "amount"),
        ("2,a,10,CAD,1999-12-31T12:00:00,CA\n", "occurred_at"),
        ("2,a,10,ZZZ,2026-03-01T12:00:00,CA\n", "currency"),
        ("2,a,10,,2026-03-01T12:00:00,CA\n", "currency"),
        ("2,a,10,CAD,yesterday,CA\n", "occurred_at"),
        ("2,a,10,CAD,2026-03-01T12:00:00,Canada\n", "counterparty_country"),
        (f"{'9' * 70},a,10,CAD,2026-03-01T12:00:00,CA\n", "transaction_id"),
    ],
)
def test_a_bad_row_is_named_with_its_field_and_the_others_pass(tmp_path: Path, line: str, field: str) -> None:
    assert rejects(tmp_path, GOOD, line, "3,a,7,CAD,2026-03-02T12:00:00,CA\n") == [(2, field)]


def test_what_a_currency_can_tell_passes(tmp_path: Path) -> None:
    lines = ("0.51,XOF", "1e14,JPY", "0.01,CAD", "7e11,GBP")
    assert rejects(tmp_path, *(f"{row},a,{line},2026-03-01T12:00:00,\n" for row, line in enumerate(lines))) == []


@pytest.mark.parametrize("place", ["constants", "columns"])
def test_an_empty_text_is_no_identifier_whatever_its_prefix(tmp_path: Path, place: str) -> None:
    """A Parquet file can hold one, and so can a mapping."""
    path = tmp_path / "file.parquet"
    row = {"id": ["1", ""], "account": "a", "paid": 1.0, "money": "CAD", "time": "2026-03-01T12:00:00Z", "where": ""}
    pd.DataFrame(row).to_parquet(path)
    mapping = MAPPING
    if place == "constants":
        columns = {name: source for name, source in MAPPING.columns.items() if name != "account_id"}
        mapping = MAPPING.model_copy(update={"columns": columns, "constants": {**MAPPING.constants, "account_id": ""}})
    table = read_file(path, mapping)
    times = parse_times(numbered(table.column("time")), mapping)
    found = find_rejects(map_rows(take_rows(table, times.index), times, mapping))
    bad = {"constants": [(1, "account_id"), (2, "transaction_id")], "columns": [(2, "transaction_id")]}
    assert list(zip(found["row"], found["field"], strict=True)) == bad[place]


@given(st.lists(st.tuples(st.integers(1, 3 * 10**16), st.sampled_from(sorted(load_currencies()))), min_size=1))
def test_an_amount_passes_where_its_event_would(amounts: list[tuple[int, str]]) -> None:
    """Stored in hundredths, told in minor units and in US cents, as the producer computes them."""
    rules = event_schema("transaction.processed.v1").schema["properties"]
    rows = pd.DataFrame(amounts, columns=["stored", "currency"])
    rows["occurred_at"] = pd.Timestamp("2026-03-01T12:00:00Z")
    # What reads back as another amount is the reader's business: beyond 2^53 a float has no hundredths.
    rows["amount"] = rows["stored"] / 100
    rows["stored"] = hundredths(rows["amount"]).astype("int64")
    refused = {place for _, _, bad in amount_problems(rows, rules) for place in np.flatnonzero(bad)}
    for place, (stored, currency) in enumerate(zip(rows["stored"], rows["currency"], strict=True)):
        minor = minor_units(Decimal(stored).scaleb(-2), currency)
        cents = usd_minor(minor, rate_on(currency, date(2026, 3, 1)))
        fits = 1 <= minor <= rules["amount_minor"]["maximum"] and cents <= rules["amount_usd_minor"]["maximum"]
        assert (place not in refused) == fits, (stored, currency)


def test_times_without_an_offset_are_in_the_mappings_zone(tmp_path: Path) -> None:
    _, times = read(tmp_path, GOOD, "2,a,1,CAD,2026-03-01T12:00:00Z,\n")
    assert [time.hour for time in times] == [17, 12]


def test_a_range_is_in_days_of_the_mappings_zone(tmp_path: Path) -> None:
    late = "2,a,1,CAD,2026-03-01T23:30:00,\n"
    _, times = read(tmp_path, GOOD, late, "3,a,1,CAD,2026-03-02T00:00:00,\n")
    assert in_range(times, MAPPING, date(2026, 3, 1), date(2026, 3, 2)).tolist() == [True, True, False]


def test_a_file_without_a_column_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("id,paid\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="has no column 'account'"):
        read_file(path, MAPPING)
    sheet = tmp_path / "file.xlsx"
    sheet.touch()
    with pytest.raises(InvalidInputError, match=r"neither \.csv nor \.parquet"):
        read_file(sheet, MAPPING)
    fake = tmp_path / "fake.parquet"
    fake.write_text("no", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_file(fake, MAPPING)
