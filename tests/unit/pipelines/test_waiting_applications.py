"""Applications that wait are scored by the champion for whoever decides, and leave the table with the decision."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contracts.models.credit import credit_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.run import train_card
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.score_assets import SCORES, refresh_scores, results
from pipelines.models.scores import table_of
from tests.unit.ml.business_loans import business_loans
from tests.unit.pipelines.sme_history import APPLICATIONS, applied
from tests.unit.pipelines.test_model_data import hold

MODEL = credit_model("sme_loan")
GOOD = {
    "applied_inflow_change_pct": Decimal("40.000"),
    "applied_late_receivables_pct": Decimal("1.000"),
    "applied_average_balance": Decimal("40000.00"),
    "requested_amount": Decimal("7000.00"),
}
BAD = {
    "applied_inflow_change_pct": Decimal("-50.000"),
    "applied_late_receivables_pct": Decimal("80.000"),
    "applied_average_balance": Decimal("200.00"),
}


@pytest.fixture(scope="module")
def card() -> bytes:
    return train_card(MODEL, business_loans()).content


@pytest.fixture
def settings(tmp_path: Path, card: bytes) -> Settings:
    found = Settings(state=tmp_path)
    publish(card, found, "sme_loan")
    return found


def rows_of(lake: Lake) -> list[dict[str, Any]]:
    lake.attach(table_of("sme_loan"))
    rows: list[dict[str, Any]] = lake.query(f"select * from {table_of('sme_loan')} order by 1").to_pylist()
    return rows


def test_each_application_that_waits_has_a_score_and_the_reasons_against_it(
    lake: Lake, settings: Settings, card: bytes
) -> None:
    hold(lake, APPLICATIONS, applied("bakery", status="submitted", **GOOD), applied("forge", status="submitted", **BAD))
    scored = refresh_scores(lake, settings, MODEL)
    good, bad = rows_of(lake)
    assert scored is not None
    assert scored.model_version == good["model_version"] == Champion(card).version
    assert (good["application_id"], good["borrower_id"], good["outcome"], good["reasons"]) == (
        "app-bakery",
        "bakery",
        "approve",
        "",
    )
    assert bad["outcome"] == "decline"
    assert "receivables_late" in bad["reasons"].split(", ")
    assert set(bad["reasons"].split(", ")) <= {feature.code for feature in MODEL.features}
    assert bad["points"] < good["points"]
    told = {**{name: float(value) for name, value in BAD.items()}, "applied_monthly_inflow": 20_000.0}
    whole: dict[str, float | None] = {**told, "requested_amount": 30_000.0, "term_months": 12.0}
    assert bad["probability_of_default"] == pytest.approx(Champion(card).probability(whole), abs=1e-12)


def test_what_was_decided_waits_no_more(lake: Lake, settings: Settings) -> None:
    hold(lake, APPLICATIONS, applied("bakery", status="submitted"), applied("forge", status="approved"))
    refresh_scores(lake, settings, MODEL)
    assert [row["application_id"] for row in rows_of(lake)] == ["app-bakery"]
    hold(lake, APPLICATIONS, applied("bakery", status="declined"), applied("forge", status="withdrawn"))
    refresh_scores(lake, settings, MODEL)
    assert rows_of(lake) == []


def test_an_application_that_tells_nothing_is_scored_by_what_is_missing(
    lake: Lake, settings: Settings, card: bytes
) -> None:
    silent = dict.fromkeys(("requested_amount", "term_months", "applied_monthly_inflow"))
    hold(lake, APPLICATIONS, applied("bakery", status="submitted", **silent))
    refresh_scores(lake, settings, MODEL)
    (row,) = rows_of(lake)
    told: dict[str, float | None] = dict.fromkeys(MODEL.columns)
    assert row["probability_of_default"] == pytest.approx(Champion(card).probability(told), abs=1e-12)


def test_while_nothing_is_served_nothing_is_scored_and_the_run_goes_on(lake: Lake, tmp_path: Path) -> None:
    hold(lake, APPLICATIONS, applied("bakery", status="submitted"))
    assert refresh_scores(lake, Settings(state=tmp_path / "elsewhere"), MODEL) is None
    assert lake.head(table_of("sme_loan")) is None
    told = results(MODEL, None).metadata
    assert told is not None
    assert "No champion of sme_loan" in str(told["not_computed"])


def test_a_champion_that_reads_what_is_no_longer_declared_scores_nobody(lake: Lake, settings: Settings) -> None:
    hold(lake, APPLICATIONS, applied("bakery", status="submitted"))
    fewer = MODEL.model_copy(update={"features": MODEL.features[:1]})
    assert refresh_scores(lake, settings, fewer) is None
    assert lake.head(table_of("sme_loan")) is None


def test_scores_stand_behind_the_applications_and_the_model() -> None:
    (key,) = SCORES["sme_loan"].keys
    assert SCORES["sme_loan"].asset_deps[key] == {
        dg.AssetKey(["silver", "nexafi__credit_applications"]),
        dg.AssetKey(["models", "sme_loan"]),
    }
