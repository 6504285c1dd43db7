"""Monitoring's assets over the real catalogue: what each run finds is there for everybody, and a moved input is a warning."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import dagster as dg
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.models import ModelName, micro_loan_model
from contracts.models.files import champion_file
from contracts.settings import Settings
from ml.credit.run import train_card
from ml.fraud.run import train_fraud
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.refresh import prepare_session
from pipelines.models.data import LoanData, read_loan_data
from pipelines.models.findings import table_of
from pipelines.models.monitoring import MONITORING, PERFORMANCE, POPULATION
from tests.unit.ml.movements import decisions, labels
from tests.unit.pipelines.generated_lending import drop_lending, hold_lending, lending_tables
from tests.unit.pipelines.test_model_monitoring import LEARNT_DAYS, MOVED, as_logged, fill, served

# Extensions of DuckDB and Dagster's resources warn of their own deprecations.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

LAST_WEEK = pd.Timestamp("2026-10-12", tz="UTC")
SERVED_FOR = timedelta(days=300)
MANY = "120000"  # movements: a month of its loans has the defaults that performance asks for


@pytest.fixture(scope="module")
def settings(postgres: Settings) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postgres.child_environment().items():
            patch.setenv(name, value)
        yield postgres
        for model in get_args(ModelName):
            shutil.rmtree(champion_file(postgres, model).parent, ignore_errors=True)


@pytest.fixture(scope="module")
def lake(settings: Settings) -> Iterator[Lake]:
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        yield lake
        drop_lending(lake, ("users", "loans"))


@pytest.fixture(scope="module")
def payments(settings: Settings) -> Settings:
    """A fraud model in service, made from the days before those that are watched."""
    frame = as_logged(decisions(days=LEARNT_DAYS))
    publish(train_fraud(frame, labels(frame)).content, settings, "fraud")
    return settings


def watched(asset: dg.AssetsDefinition) -> dict[str, dg.AssetCheckEvaluation]:
    """The asset made; its checks by name."""
    result = dg.materialize([asset])
    assert result.success
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def found(settings: Settings, model: ModelName) -> list[tuple[Any, ...]]:
    """What anybody finds in the catalogue."""
    table = table_of(model)
    with open_lake(settings) as lake:
        lake.attach(table)
        return lake.session.execute(
            f"select window_start, family, subject, value, alarm from {table} order by all"
        ).fetchall()


def test_weeks_of_payments_are_examined_and_made_again_the_same(payments: Settings, lake: Lake) -> None:
    fill(lake, served())
    checks = watched(MONITORING["fraud"])
    assert set(checks) == {POPULATION, PERFORMANCE}
    for check in checks.values():
        assert check.passed, check.description
    rows = found(payments, "fraud")
    assert {row[0] for row in rows} == {datetime(2026, 10, day, tzinfo=UTC) for day in (5, 12)}
    assert {row[1] for row in rows} >= {"drift", "performance"}
    watched(MONITORING["fraud"])
    assert found(payments, "fraud") == rows


def test_an_input_that_moved_is_a_warning_that_names_it_and_the_run_goes_on(payments: Settings, lake: Lake) -> None:
    frame = served()
    last = frame["occurred_at"] >= LAST_WEEK
    frame.loc[last, MOVED] = 4 * frame.loc[last, MOVED] + 10
    fill(lake, frame)
    check = watched(MONITORING["fraud"])[POPULATION]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert f"{MOVED} is " in str(check.description)
    alarms = {(row[0], row[2]) for row in found(payments, "fraud") if row[4]}
    assert (LAST_WEEK.to_pydatetime(), MOVED) in alarms


def as_known_at(data: LoanData, moment: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loans with what was known of them at a moment, and their borrowers' groups; who repays in time is not known early."""
    loans = data.loans[data.loans["disbursed_at"] < moment]
    is_told = (loans["defaulted_at"] < moment) | (loans["disbursed_at"] <= moment - micro_loan_model().outcome_window)
    later = ~(loans["defaulted_at"] < moment)
    known = loans["status"].mask(later & (loans["status"] == "defaulted"), "active").where(is_told, "active")
    return loans.assign(status=known, defaulted_at=loans["defaulted_at"].mask(later, pd.NaT)), data.groups.loc[
        loans.index
    ]


def test_months_of_generated_loans_are_examined(settings: Settings, lake: Lake) -> None:
    tables = lending_tables(7, MANY)
    hold_lending(lake, {name: tables[name] for name in ("users", "loans")})
    data = read_loan_data(lake)
    present = data.loans["disbursed_at"].max()
    loans, groups = as_known_at(data, present - SERVED_FOR)
    publish(train_card(micro_loan_model(), loans, groups=groups).content, settings, "micro_loan")
    checks = watched(MONITORING["micro_loan"])
    assert set(checks) == {POPULATION, PERFORMANCE}
    rows = found(settings, "micro_loan")
    drifts = {row[2] for row in rows if row[1] == "drift"}
    assert drifts == {"score", *(feature.name for feature in micro_loan_model().features)}
    mature = {row[0] for row in rows if row[1] == "performance"}
    assert mature
    assert max(mature) + timedelta(days=30) + micro_loan_model().outcome_window <= present
    watched(MONITORING["micro_loan"])
    assert found(settings, "micro_loan") == rows
