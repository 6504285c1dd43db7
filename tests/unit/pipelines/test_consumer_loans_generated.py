"""Generated consumer loans by their way to a card: every one that is a consumer's, with the report that the generator gave it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.errors import InvalidInputError
from contracts.models.credit import credit_model
from ml.credit.run import train_card
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import LoanData, read_loan_data
from pipelines.models.waiting import read_waiting
from sources.workload.calendars import Calendar
from sources.workload.columns import NEVER, Columns
from sources.workload.raisket.market import build_raisket
from sources.workload.sizes import HISTORY_DAYS, parse_size
from tests.unit.pipelines.generated_lending import hold_rows
from tests.unit.pipelines.lakes import small_lake

AS_OF = datetime(2025, 11, 22, 17, tzinfo=UTC)
MODEL = credit_model("consumer_loan")
TABLES = ("users", "products", "bureau_reports", "applications", "loans")


@pytest.fixture(scope="module")
def market() -> dict[str, Columns]:
    """A tiny world, in which whoever was rejected waits instead: in a day so few do that it has none."""
    built = build_raisket(7, parse_size("tiny"), Calendar(AS_OF, HISTORY_DAYS)).tables
    rejected = built["applications"]["status"] == "rejected"
    built["applications"]["status"][rejected] = "submitted"
    built["applications"]["decided_at"][rejected] = NEVER
    return {name: built[name] for name in TABLES}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, market: dict[str, Columns]) -> Iterator[Lake]:
    with small_lake(tmp_path_factory.mktemp("lake")) as lake:
        hold_rows(lake, "raisket", market, ["bureau_reports"])
        yield lake


@pytest.fixture(scope="module")
def data(lake: Lake) -> LoanData:
    return read_loan_data(lake, model=MODEL)


def generated(market: dict[str, Columns], name: str, *columns: str) -> pd.DataFrame:
    return pd.DataFrame({column: market[name][column] for column in columns})


def test_every_loan_but_those_of_businesses_is_read(market: dict[str, Columns], data: LoanData) -> None:
    products = market["loans"]["product_id"].astype(str)
    assert 0 < (products == "credito-negocio").sum() < len(products)
    wanted = market["loans"]["loan_id"][products != "credito-negocio"]
    assert data.loans["loan_id"].tolist() == sorted(wanted.astype(str).tolist())


def test_each_has_what_its_application_and_its_report_told(market: dict[str, Columns], data: LoanData) -> None:
    told = (
        generated(market, "loans", "loan_id", "application_id")
        .merge(generated(market, "applications", "application_id", "bureau_inquiry_id", "applied_employment"))
        .merge(generated(market, "bureau_reports", "bureau_inquiry_id", "score", "utilisation_pct", "reported_debt"))
        .set_index("loan_id")
        .loc[data.loans["loan_id"]]
    )
    found = data.loans.set_index("loan_id")
    assert found["reported_debt"].astype(float).to_numpy() == pytest.approx(told["reported_debt"] / 100)
    assert found["reported_utilisation_pct"].astype(float).to_numpy() == pytest.approx(told["utilisation_pct"])
    scores = found["reported_score"].astype("float64"), told["score"].astype("float64")
    assert scores[0].isna().any()
    np.testing.assert_array_equal(*scores)
    assert found["applied_informal"].eq(1).equals(told["applied_employment"].eq("informal"))


def test_each_borrower_has_the_attributes_that_are_known(data: LoanData) -> None:
    assert data.groups.notna().all(axis=None)
    assert data.groups["in_marginalised_zone"].isin(["true", "false"]).all()


def test_who_waits_is_read_by_the_same_columns(lake: Lake, market: dict[str, Columns]) -> None:
    applications = generated(market, "applications", "application_id", "status", "product_id")
    waits = applications[applications["status"].eq("submitted") & applications["product_id"].ne("credito-negocio")]
    assert len(waits) > 0
    found = read_waiting(lake, MODEL).rows
    assert found["application_id"].tolist() == sorted(waits["application_id"])
    assert list(found.columns) == ["application_id", "borrower_id", *MODEL.columns]
    assert found["reported_debt"].notna().all()


def test_a_tiny_world_is_too_small_for_a_card(data: LoanData) -> None:
    with pytest.raises(InvalidInputError, match=r"raisket\.loans\.status: .* at least 110 are needed"):
        train_card(MODEL, data.loans, groups=data.groups)
