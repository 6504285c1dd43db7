"""A consumer's loan is learnt from by its application and the bureau report that it was decided with; a business's is left out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from contracts.errors import NotFoundError
from contracts.models.credit import credit_model
from contracts.settings import Settings
from ml.credit.run import card_parameters, card_provenance, train_card
from ml.governance.publication import publish
from pipelines.gate import KEEPS_COLUMNS, gate_keys
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.expectations import FITS_CONTRACT
from pipelines.models.assets import CARDS
from pipelines.models.data import LoanData, card_tables, read_loan_data
from pipelines.models.model_checks import gate_severity
from pipelines.models.monitoring import MONITORING, refresh_monitoring
from pipelines.models.reproduction import Recorded, reproduce
from tests.unit.pipelines.consumer_history import (
    APPLICATIONS,
    DECIDED,
    KINDS,
    LOANS,
    PRODUCTS,
    REPORTS,
    USERS,
    Row,
    applied,
    hold_consumers,
    hold_market,
    loan,
    report,
    user,
)
from tests.unit.pipelines.test_model_data import hold

MODEL = credit_model("consumer_loan")
TABLES = (LOANS, USERS, APPLICATIONS, REPORTS, PRODUCTS)
REPORTED = ["reported_score", "reported_utilisation_pct", "reported_worst_days_past_due", "reported_debt"]
DAY = timedelta(days=1)
CORRECTED = {"score": 500, "worst_days_past_due": 95, "_row_lsn": 2}


def read(lake: Lake) -> LoanData:
    return read_loan_data(lake, model=MODEL)


def reported_score(lake: Lake, *versions: Row) -> float:
    """The score that the one application is learnt from by."""
    hold_market(lake, "ana")
    hold(lake, REPORTS, *versions)
    (score,) = read(lake).loans["reported_score"].astype("float64").tolist()
    return float(score)


def version(since: datetime, until: datetime | None, **more: object) -> Row:
    return report("ana", valid_from=since, valid_to=until, is_current=until is None, **more)


def test_a_loan_is_learnt_from_by_its_own_application_and_its_own_report(lake: Lake) -> None:
    hold_market(lake, "ana", "bo")
    hold(
        lake, APPLICATIONS, applied("bo", applied_employment="informal", requested_amount=Decimal(500)), applied("ana")
    )
    hold(lake, REPORTS, report("bo", score=None, reported_debt=Decimal(1)), report("ana"))
    found = read(lake).loans.set_index("borrower").astype({"reported_score": "float64"})
    assert found["requested_amount"].to_dict() == {"ana": 9000.0, "bo": 500.0}
    assert found["term_months"].tolist() == [6, 6]  # asked for; the loans run three
    assert found["applied_informal"].to_dict() == {"ana": 0.0, "bo": 1.0}
    assert found["reported_debt"].to_dict() == {"ana": 9000.0, "bo": 1.0}
    assert found["reported_score"].fillna(-1).to_dict() == {"ana": 640.0, "bo": -1.0}


def test_a_credit_for_a_business_and_one_of_a_product_that_is_gone_are_left_out(lake: Lake) -> None:
    names = [*KINDS, "gone"]
    hold_market(lake, *names)
    hold(lake, LOANS, *(loan(name, product_id=name) for name in names))
    assert sorted(read(lake).loans["borrower"]) == ["microcredito", "nomina", "prestamo"]


@pytest.mark.parametrize(
    ("inquiry", "reports"), [(None, [report("ana")]), ("inquiry-ana", []), ("inquiry-ana", [report("bo")])]
)
def test_without_a_report_of_ones_own_nothing_is_reported(lake: Lake, inquiry: str | None, reports: list[Row]) -> None:
    hold_market(lake, "ana")
    hold(lake, APPLICATIONS, applied("ana", bureau_inquiry_id=inquiry))
    hold(lake, REPORTS, *reports)
    found = read(lake).loans
    assert len(found) == 1
    assert found[REPORTED].isna().all(axis=None)
    assert found["applied_income"].tolist() == [12_000.0]


def test_a_loan_whose_application_is_gone_stays_and_says_nothing(lake: Lake) -> None:
    hold_market(lake, "ana")
    hold(lake, APPLICATIONS, applied("bo"))
    found = read(lake).loans
    assert len(found) == 1
    assert found[list(MODEL.columns)].isna().all(axis=None)


def test_what_was_corrected_after_the_decision_was_not_decided_with(lake: Lake) -> None:
    before, after = version(DECIDED - DAY, DECIDED + DAY), version(DECIDED + DAY, None, **CORRECTED)
    assert reported_score(lake, after, before) == 640


def test_what_was_corrected_before_the_decision_was_decided_with(lake: Lake) -> None:
    before, after = version(DECIDED - 2 * DAY, DECIDED - DAY), version(DECIDED - DAY, None, **CORRECTED)
    assert reported_score(lake, before, after) == 500


def test_a_report_that_was_answered_or_corrected_at_the_very_decision_was_decided_with(lake: Lake) -> None:
    before = version(DECIDED - DAY, DECIDED)
    after = version(DECIDED, None, **{**CORRECTED, "reported_at": DECIDED})
    assert reported_score(lake, before, after) == 500


def test_where_the_lakehouse_began_to_listen_later_the_oldest_version_stands(lake: Lake) -> None:
    first, second = version(DECIDED + DAY, DECIDED + 2 * DAY), version(DECIDED + 2 * DAY, None, **CORRECTED)
    assert reported_score(lake, second, first) == 640


@pytest.mark.parametrize(
    "versions",
    [
        [version(DECIDED + DAY, None, reported_at=DECIDED + DAY)],
        [version(DECIDED - 2 * DAY, DECIDED - DAY)],
        [version(DECIDED - 2 * DAY, DECIDED - DAY), version(DECIDED + DAY, None, **CORRECTED)],
    ],
    ids=["answered after the decision", "deleted before it", "deleted before it and told otherwise after it"],
)
def test_what_was_not_there_at_the_decision_is_missing(lake: Lake, versions: list[Row]) -> None:
    assert np.isnan(reported_score(lake, *versions))


def test_borrowers_are_compared_by_age_and_nobody_by_a_country_of_residence(lake: Lake) -> None:
    hold_market(lake, "ana", "bo")
    hold(lake, USERS, user("ana", date(1961, 1, 1)), user("bo", in_marginalised_zone=True, state="MX-CMX"))
    groups = read(lake).groups
    assert set(groups.columns) == {"age_band", "state", "in_marginalised_zone"}
    assert groups["age_band"].tolist() == ["62 and over", "35 to 49"]
    assert groups["in_marginalised_zone"].tolist() == ["false", "true"]
    assert not {"birth_date", *groups.columns} & set(read(lake).loans.columns)


def test_the_five_tables_are_read_at_the_snapshots_that_are_named(lake: Lake) -> None:
    hold_market(lake, "ana")
    first = read(lake)
    assert set(first.snapshots) == set(card_tables(MODEL)) == set(TABLES)
    hold(lake, REPORTS, report("ana", score=400))
    assert read_loan_data(lake, first.snapshots, MODEL).loans.equals(first.loans)
    assert read(lake).loans["reported_score"].tolist() == [400]
    named = {table: first.snapshots[table] for table in TABLES if table != REPORTS}
    with pytest.raises(NotFoundError, match=r"No snapshot of silver_history\.raisket__bureau_reports is named"):
        read_loan_data(lake, named, MODEL)


def test_a_run_is_made_again_from_its_snapshots_though_the_tables_moved_on(lake: Lake) -> None:
    hold_consumers(lake)
    data = read(lake)
    trained = train_card(MODEL, data.loans, groups=data.groups)
    assert trained.gate.passed, trained.gate.failures()
    parameters = {name: str(value) for name, value in card_parameters(MODEL).items()}
    recorded = Recorded(card_provenance(MODEL, data.snapshots).origin(), parameters, trained.content)
    hold_consumers(lake, seed=12)
    found = reproduce("consumer_loan", recorded, lake)
    assert found.same
    assert found.differences == ()


def test_a_served_card_is_watched_by_month(lake: Lake, tmp_path: Path) -> None:
    hold_consumers(lake)
    data = read(lake)
    learnt = data.loans["disbursed_at"] < data.loans["disbursed_at"].quantile(0.7)
    trained = train_card(MODEL, data.loans[learnt], groups=data.groups[learnt])
    settings = Settings(state=tmp_path)
    publish(trained.content, settings, "consumer_loan")
    examined = refresh_monitoring(lake, settings, "consumer_loan")
    assert examined
    assert {one.model_version for one in examined} == {trained.version}
    assert all((one.window.end - one.window.start).days == 30 for one in examined)
    told = {finding.subject for one in examined for finding in one.of("drift")}
    assert told == {"score", *(feature.name for feature in MODEL.features)}


def test_a_small_world_does_without_a_card(tmp_path: Path) -> None:
    assert gate_severity(Settings(state=tmp_path), "consumer_loan") is dg.AssetCheckSeverity.WARN


def test_its_assets_stand_behind_the_tables_that_it_reads() -> None:
    wanted = {dg.AssetKey(name.split(".")) for name in TABLES}
    for asset in (CARDS["consumer_loan"], MONITORING["consumer_loan"]):
        (key,) = asset.keys
        assert asset.asset_deps[key] == wanted


def test_a_history_is_held_back_with_the_state_of_the_same_changes() -> None:
    state = dg.AssetKey(["silver", "raisket__bureau_reports"])
    assert set(gate_keys(REPORTS)) == {dg.AssetCheckKey(state, check) for check in (FITS_CONTRACT, KEEPS_COLUMNS)}
