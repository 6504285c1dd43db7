"""Mapping files: one clear message for each way to break one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.errors import InvalidInputError
from sources.importing import load_mapping

GOOD: dict[str, Any] = {
    "name": "shop",
    "tenant": {"country": "CA"},
    "columns": {"transaction_id": "id", "account_id": "account", "amount": "paid", "occurred_at": "time"},
    "constants": {"kind": "card_payment", "leg": "debit", "channel": "card_present", "currency": "CAD"},
    "label": {"source": "fraud", "fraud_values": ["1"]},
}


def test_the_included_mapping_is_found_by_name() -> None:
    mapping = load_mapping("fraud_handbook")
    assert mapping.columns["amount"].source == "TX_AMOUNT"
    assert mapping.label is not None
    assert mapping.label.delay.days == 7


def test_a_good_mapping_names_the_columns_that_it_needs(tmp_path: Path) -> None:
    assert load_mapping(_written(tmp_path, GOOD)).sources == ["id", "account", "paid", "time", "fraud"]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"columns": {**GOOD["columns"], "colour": "c"}}, "columns.colour", "no column of account_transactions"),
        ({"columns": {**GOOD["columns"], "tenant_id": "c"}}, "columns.tenant_id", "may fill"),
        ({"columns": {"transaction_id": "id"}}, "columns.account_id", "is needed"),
        ({"constants": {**GOOD["constants"], "currency": "ZZZ"}}, "constants.currency", "'ZZZ' is not a currency"),
        ({"constants": {**GOOD["constants"], "kind": "gift"}}, "constants.kind", "'gift' is not one of"),
        ({"constants": {**GOOD["constants"], "amount": "3"}}, "constants.amount", "mapped from a column as well"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "no IANA time zone"),
        ({"tenant": {"country": "Canada"}}, "tenant.country", "pattern"),
        (
            {"label": {"source": "fraud", "fraud_values": ["1"], "delay": "soon"}},
            "label.delay",
            "not a duration",
        ),
        ({"label": {"fraud_values": ["1"]}}, "label.source", "required"),
        ({"spelling": 1}, "spelling", "not permitted"),
    ],
)
def test_a_broken_mapping_names_the_key(tmp_path: Path, change: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        load_mapping(_written(tmp_path, GOOD | change))
    assert str(caught.value).startswith(f"{field}:")


def test_no_yaml_and_no_file_are_told_apart(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text("columns: [", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="is no YAML"):
        load_mapping(broken)
    with pytest.raises(InvalidInputError, match="no mapping file") as caught:
        load_mapping(tmp_path / "absent.yml")
    assert "fraud_handbook" in caught.value.hint


def _written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "mapping.yml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path
