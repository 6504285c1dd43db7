"""Lending policy: bands without gaps, sources told, and the regulator's table as it was published."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts import lending
from contracts.errors import ConfigurationError
from contracts.jurisdictions import load_jurisdiction
from contracts.lending import load_lending


def test_the_sofipo_table_is_the_published_one() -> None:
    (table,) = load_lending().provisions["MX"]
    assert [(band.from_days, band.stage, band.provision_pct, band.marginalised_pct) for band in table.bands] == [
        (start, stage, Decimal(percent), Decimal(marginalised))
        for start, stage, percent, marginalised in (
            (0, 1, 1, 1),
            (1, 1, 4, 1),
            (8, 1, 15, 4),
            (31, 2, 30, 30),
            (61, 2, 50, 60),
            (90, 3, 75, 80),
            (121, 3, 90, 90),
            (181, 3, 100, 100),
        )
    ]
    assert "DOF" in table.source


def test_every_provision_says_both_percents() -> None:
    for tables in load_lending().provisions.values():
        for table in tables:
            assert all(band.provision_pct is not None and band.marginalised_pct is not None for band in table.bands)


@pytest.mark.parametrize(
    ("line", "broken", "reason"),
    [
        ("{band: 1-30, from_days: 1}", "{band: 1-30, from_days: 40}", "begin at 0 and rise"),
        ("{band: current, from_days: 0}", "{band: current, from_days: 1}", "begin at 0 and rise"),
        ("{band: 90-120, from_days: 90}", "{band: 91-120, from_days: 91}", "No delinquency band begins"),
        ("{from_days: 90, stage: 3}\nsignificant", "{from_days: 90, stage: 2}\nsignificant", "rise from 1 to 3"),
        ("  value: 3\n", "  value: 1\n", "more than once the first"),
    ],
)
def test_bands_with_a_gap_are_refused(
    line: str, broken: str, reason: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lending.FILE.read_text(encoding="utf-8")
    assert line in text
    changed = tmp_path_factory.mktemp("policy") / "policy.yml"
    changed.write_text(text.replace(line, broken), encoding="utf-8")
    monkeypatch.setattr(lending, "FILE", changed)
    with pytest.raises(ConfigurationError, match=reason):
        load_lending.__wrapped__()


def test_mexicos_deadlines_and_tax_say_their_law() -> None:
    mexico = load_jurisdiction("MX")
    told = [*mexico.value_added_tax_pct, *(one for kind in mexico.complaint_deadlines.values() for one in kind)]
    assert all(value.source for value in told)
    assert {kind: (one[-1].value, one[-1].counts) for kind, one in mexico.complaint_deadlines.items()} == {
        "claim": (Decimal(30), "working_days"),
        "clarification": (Decimal(45), "calendar_days"),
    }
    days = mexico.working_days.holidays[2026]
    assert sorted(day.isoformat()[5:] for day in days) == [
        *("01-01", "02-02", "03-16", "05-01", "09-16", "11-16", "12-25")
    ]
