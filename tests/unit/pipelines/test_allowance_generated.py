"""The allowance of generated loans: every one that is open, reconciled with their instalments, and what its two checks say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from contracts.models import micro_loan_model
from contracts.settings import Settings
from ml.credit.run import train_card
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import allowance_key
from pipelines.models.allowance_checks import reconciles, rises
from pipelines.models.data import read_loan_data
from sources.workload.columns import Columns
from tests.unit.pipelines.allowance_days import ProvidedFor
from tests.unit.pipelines.generated_lending import AS_OF, hold_lending, lending_tables
from tests.unit.pipelines.lakes import small_lake

MODEL = micro_loan_model()
DAYS = (AS_OF.date(), date(2025, 10, 31), date(2025, 6, 30))
provided = ProvidedFor(MODEL, AS_OF.date())


@pytest.fixture(scope="module")
def tables() -> dict[str, Columns]:
    return lending_tables(7, "tiny")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, tables: dict[str, Columns]) -> Iterator[Lake]:
    with small_lake(tmp_path_factory.mktemp("lake")) as lake:
        hold_lending(lake, tables)
        yield lake


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, lake: Lake) -> Settings:
    found = Settings(state=Path(tmp_path_factory.mktemp("state")))
    data = read_loan_data(lake)
    publish(train_card(MODEL, data.loans, groups=data.groups).content, found, "micro_loan")
    return found


def test_every_cent_that_the_generator_left_unpaid_is_covered(
    lake: Lake, settings: Settings, tables: dict[str, Columns]
) -> None:
    found = provided(lake, settings)
    rows = tables["loan_repayments"]
    unpaid = int((rows["due_amount"] - rows["paid_amount"]).sum())
    assert sum(one.outstanding_amount for one in found.provisions) == Decimal(unpaid) / 100
    open_loans = np.unique(rows["loan_id"][rows["paid_amount"] < rows["due_amount"]].astype(str))
    assert {one.loan_id for one in found.provisions} == set(open_loans.tolist())


@pytest.mark.parametrize("day", DAYS)
def test_both_checks_hold_of_what_a_sound_lender_has(lake: Lake, settings: Settings, day: date) -> None:
    found = provided(lake, settings, day)
    assert {one.stage for one in found.provisions} == {1, 2, 3}
    covered = reconciles(allowance_key(MODEL.model), found.provisions, found.refused, found.loans.unpaid)
    assert covered.passed, covered.description
    risen = rises(allowance_key(MODEL.model), found.provisions)
    assert risen.passed, risen.description
