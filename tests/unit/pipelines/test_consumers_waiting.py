"""Consumers who wait are scored with the report that is there now, businesses are not, and who has no report is told so."""

from __future__ import annotations

from datetime import timedelta
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
from pipelines.models.score_assets import SCORES, refresh_scores
from pipelines.models.scores import table_of
from tests.unit.ml.consumer_loans import REPORT, application, consumer_loans
from tests.unit.pipelines.consumer_history import (
    APPLICATIONS,
    DECIDED,
    KINDS,
    PRODUCTS,
    REPORTS,
    Row,
    applied,
    hold_market,
    report,
)
from tests.unit.pipelines.test_model_data import hold

MODEL = credit_model("consumer_loan")
CODES = {feature.code for feature in MODEL.features}
BAD = {"score": 480, "utilisation_pct": Decimal("99.000"), "worst_days_past_due": 110}


@pytest.fixture(scope="module")
def card() -> bytes:
    return train_card(MODEL, consumer_loans()).content


@pytest.fixture
def settings(tmp_path: Path, card: bytes) -> Settings:
    found = Settings(state=tmp_path)
    publish(card, found, "consumer_loan")
    return found


def waits(name: str, **more: object) -> Row:
    return applied(name, status="submitted", decided_at=None, **more)


def told_of(**changes: float) -> dict[str, float | None]:
    return {str(name): float(value) for name, value in application(**changes).iloc[0].items()}


def scores_of(lake: Lake, settings: Settings, *applications: Row) -> dict[str, dict[str, Any]]:
    """The rows of those who wait, by who applied."""
    hold(lake, APPLICATIONS, *applications)
    assert refresh_scores(lake, settings, MODEL) is not None
    lake.attach(table_of("consumer_loan"))
    rows = lake.query(f"select * from {table_of('consumer_loan')} order by 1").to_pylist()
    return {row["borrower_id"]: row for row in rows}


def test_who_waits_has_a_score_and_reasons_and_who_was_decided_on_has_none(
    lake: Lake, settings: Settings, card: bytes
) -> None:
    hold_market(lake, "ana", "bo")
    hold(lake, REPORTS, report("ana"), report("bo", **BAD))
    found = scores_of(lake, settings, waits("ana"), waits("bo", applied_employment="informal"), applied("cy"))
    assert set(found) == {"ana", "bo"}
    told = told_of()
    assert found["ana"]["probability_of_default"] == pytest.approx(Champion(card).probability(told), abs=1e-12)
    assert found["bo"]["outcome"] == "decline"
    reasons = found["bo"]["reasons"].split(", ")
    assert len(reasons) == MODEL.decision.reasons
    assert {"bureau_score_low_or_missing", "past_due_elsewhere_or_missing"} <= set(reasons) <= CODES


def test_a_credit_for_a_business_is_not_scored(lake: Lake, settings: Settings) -> None:
    hold_market(lake, *KINDS)
    found = scores_of(lake, settings, *(waits(name, product_id=name) for name in KINDS))
    assert set(found) == {"prestamo", "nomina", "microcredito"}


def test_who_waits_is_scored_by_the_report_as_it_is_now(lake: Lake, settings: Settings, card: bytes) -> None:
    hold_market(lake, "ana")
    ended = report("ana", score=500, valid_to=DECIDED, is_current=False)
    hold(lake, REPORTS, ended, report("ana", score=700, valid_from=DECIDED, reported_at=DECIDED, _row_lsn=2))
    told = told_of(reported_score=700.0)
    (row,) = scores_of(lake, settings, waits("ana")).values()
    assert row["probability_of_default"] == pytest.approx(Champion(card).probability(told), abs=1e-12)


@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "never asked for"])
def test_without_a_report_a_score_stands_on_the_application_and_says_what_is_missing(
    lake: Lake, settings: Settings, card: bytes, *, gone: bool
) -> None:
    hold_market(lake, "ana")
    ended = report("ana", valid_to=DECIDED + timedelta(days=1), is_current=False)
    hold(lake, REPORTS, *([ended] if gone else []))
    (row,) = scores_of(lake, settings, waits("ana", bureau_inquiry_id="inquiry-ana" if gone else None)).values()
    told = told_of() | dict.fromkeys(REPORT)
    assert row["probability_of_default"] == pytest.approx(Champion(card).probability(told), abs=1e-12)


def test_every_reason_that_a_missing_report_can_give_says_that_it_may_be_missing() -> None:
    reported = [feature for feature in MODEL.features if set(feature.columns) & set(REPORT)]
    assert {feature.code.endswith("_or_missing") for feature in reported} == {True}
    assert len(reported) == len(REPORT)


def test_scores_stand_behind_the_applications_the_reports_the_products_and_the_model() -> None:
    (key,) = SCORES["consumer_loan"].keys
    tables = (APPLICATIONS, REPORTS, PRODUCTS)
    wanted = {dg.AssetKey(name.split(".")) for name in tables} | {dg.AssetKey(["models", "consumer_loan"])}
    assert SCORES["consumer_loan"].asset_deps[key] == wanted
