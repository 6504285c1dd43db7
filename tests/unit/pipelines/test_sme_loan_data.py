"""A loan to a business is learnt from by its application, judged by its owner, and made again from three named snapshots."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from contracts.errors import InvalidInputError, NotFoundError
from contracts.models.credit import credit_model
from contracts.settings import Settings
from ml.credit.run import card_parameters, card_provenance, train_card
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.assets import CARDS
from pipelines.models.data import LoanData, card_tables, read_loan_data
from pipelines.models.model_checks import gate_severity
from pipelines.models.monitoring import MONITORING, refresh_monitoring
from pipelines.models.reproduction import Recorded, reproduce
from tests.unit.pipelines.sme_history import (
    APPLICATIONS,
    DISBURSED,
    LOANS,
    USERS,
    applied,
    hold_businesses,
    loan,
    owner,
)
from tests.unit.pipelines.test_model_data import hold

MODEL = credit_model("sme_loan")


def read(lake: Lake) -> LoanData:
    return read_loan_data(lake, model=MODEL)


def test_a_loan_is_learnt_from_by_what_its_own_application_told(lake: Lake) -> None:
    hold(lake, USERS, owner("bakery"), owner("forge"))
    hold(lake, APPLICATIONS, applied("forge", requested_amount=Decimal("900.00")), applied("bakery"))
    hold(lake, LOANS, loan("bakery"), loan("forge", principal=Decimal("800.00")))
    found = read(lake).loans.set_index("loan_id")
    assert found["requested_amount"].to_dict() == {"loan-bakery": 30_000.0, "loan-forge": 900.0}
    assert found["term_months"].tolist() == [12, 12]  # asked for; the loans run six
    assert found["borrower"].tolist() == ["bakery", "forge"]


def test_a_loan_whose_application_is_gone_stays_and_says_nothing(lake: Lake) -> None:
    hold(lake, USERS, owner("bakery"))
    hold(lake, APPLICATIONS, applied("forge"))
    hold(lake, LOANS, loan("bakery"))
    found = read(lake).loans
    assert len(found) == 1
    assert found[list(MODEL.columns)].isna().all(axis=None)


def test_of_several_owners_the_one_who_joined_first_is_compared_and_an_accountant_never(lake: Lake) -> None:
    first = owner("bakery", date(1961, 1, 1), user_id="z", registered_at=DISBURSED - timedelta(days=900))
    accountant = owner("bakery", user_id="a", role="accountant", registered_at=DISBURSED - timedelta(days=1000))
    hold(lake, USERS, owner("bakery", date(1990, 1, 1), user_id="b"), first, accountant)
    hold(lake, APPLICATIONS, applied("bakery"))
    hold(lake, LOANS, loan("bakery"), loan("bakery", loan_id="second"), loan("nobody"))
    data = read(lake)
    told = dict(zip(data.loans["loan_id"], data.groups["owner_age_band"], strict=True))
    assert told == {"loan-bakery": "62 and over", "second": "62 and over", "loan-nobody": None}
    assert set(data.groups.columns) == set(MODEL.applicant.attributes)
    assert not {"birth_date", "user_id", *data.groups.columns} & set(data.loans.columns)


def test_the_three_tables_are_read_at_the_snapshots_that_are_named(lake: Lake) -> None:
    hold(lake, USERS, owner("bakery"))
    hold(lake, APPLICATIONS, applied("bakery"))
    hold(lake, LOANS, loan("bakery"))
    first = read(lake)
    assert set(first.snapshots) == set(card_tables(MODEL)) == {LOANS, USERS, APPLICATIONS}
    hold(lake, APPLICATIONS, applied("bakery", requested_amount=Decimal("1.00")))
    again = read_loan_data(lake, first.snapshots, MODEL)
    assert again.loans.equals(first.loans)
    assert read(lake).loans["requested_amount"].tolist() == [1.0]
    named = {table: first.snapshots[table] for table in (LOANS, USERS)}
    with pytest.raises(NotFoundError, match=r"No snapshot of silver\.nexafi__credit_applications is named"):
        read_loan_data(lake, named, MODEL)


def test_a_run_is_made_again_from_its_snapshots_though_the_tables_moved_on(lake: Lake) -> None:
    hold_businesses(lake)
    data = read(lake)
    trained = train_card(MODEL, data.loans, groups=data.groups)
    assert trained.gate.passed, trained.gate.failures()
    parameters = {name: str(value) for name, value in card_parameters(MODEL).items()}
    recorded = Recorded(card_provenance(MODEL, data.snapshots).origin(), parameters, trained.content)
    hold_businesses(lake, seed=12)
    found = reproduce("sme_loan", recorded, lake)
    assert found.same
    assert found.differences == ()


def test_a_served_card_is_watched_by_quarter(lake: Lake, tmp_path: Path) -> None:
    hold_businesses(lake)
    data = read(lake)
    learnt = data.loans["disbursed_at"] < data.loans["disbursed_at"].quantile(0.6)
    trained = train_card(MODEL, data.loans[learnt], groups=data.groups[learnt])
    settings = Settings(state=tmp_path)
    publish(trained.content, settings, "sme_loan")
    examined = refresh_monitoring(lake, settings, "sme_loan")
    assert examined
    assert {one.model_version for one in examined} == {trained.version}
    assert all((one.window.end - one.window.start).days == 90 for one in examined)
    told = {finding.subject for one in examined for finding in one.of("drift")}
    assert told == {"score", *(feature.name for feature in MODEL.features)}


def test_a_few_loans_are_too_few_to_learn_from_and_that_is_no_error(lake: Lake, tmp_path: Path) -> None:
    hold_businesses(lake, count=60)
    data = read(lake)
    with pytest.raises(InvalidInputError, match="at least 20 are needed"):
        train_card(MODEL, data.loans, groups=data.groups)
    assert gate_severity(Settings(state=tmp_path), "sme_loan") is dg.AssetCheckSeverity.WARN


def test_a_model_that_decides_alone_must_be_there(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert gate_severity(settings, "micro_loan") is dg.AssetCheckSeverity.ERROR
    champion = settings.models_directory / "micro_loan" / "champion.onnx"
    champion.parent.mkdir(parents=True)
    champion.touch()
    assert gate_severity(settings, "micro_loan") is dg.AssetCheckSeverity.WARN


def test_its_assets_stand_behind_the_tables_that_it_reads() -> None:
    wanted = {dg.AssetKey(name.split(".")) for name in (LOANS, USERS, APPLICATIONS)}
    for asset in (CARDS["sme_loan"], MONITORING["sme_loan"]):
        (key,) = asset.keys
        assert asset.asset_deps[key] == wanted
