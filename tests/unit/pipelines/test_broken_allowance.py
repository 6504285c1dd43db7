"""An allowance that an error ends fails the run by its check, and what stands on all allowances is made; so it is behind a broken training."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest

from contracts.settings import Settings
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models import allowance_assets, assets
from pipelines.models.allowance_assets import ALLOWANCES
from pipelines.models.allowance_checks import RECONCILES, RISES
from pipelines.models.assets import CARDS
from tests.unit.ml.hand_allowance_cards import SME_VERSION as VERSION
from tests.unit.ml.hand_allowance_cards import sme_allowance_card
from tests.unit.pipelines.test_sme_allowance import portfolio

SME = ALLOWANCES["sme_loan"]
PAST = date(2025, 6, 1)
Run = Callable[..., dg.ExecuteInProcessResult]


@dg.asset(deps=[SME])
def behind() -> None:
    """Whatever stands on the allowance."""


def breaks(*_arguments: object, **_named: object) -> NoReturn:
    raise ValueError("a defect")


@pytest.fixture
def run(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A champion in charge, of no loan yet."""

    @contextmanager
    def on_files(_settings: Settings) -> Iterator[Lake]:
        yield lake

    settings = Settings(state=tmp_path)
    publish(sme_allowance_card(), settings, "sme_loan")
    portfolio(lake)
    for module in (assets, allowance_assets):
        monkeypatch.setattr(module, "open_lake", on_files)
        monkeypatch.setattr(module, "load_settings", lambda: settings)

    def materialised(*asked: dg.AssetsDefinition, as_of: date = PAST) -> dg.ExecuteInProcessResult:
        config = {"ops": {"models__sme_loan_allowance": {"config": {"as_of": as_of.isoformat()}}}}
        return dg.materialize(asked, run_config=config, raise_on_error=False)

    return materialised


def test_a_broken_training_leaves_the_allowance_to_the_champion_in_charge(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "read_loan_data", breaks)
    done = run(CARDS["sme_loan"], SME, behind)
    (made,) = done.asset_materializations_for_node("models__sme_loan_allowance")
    assert made.metadata["model_version"].value == VERSION
    assert done.asset_materializations_for_node("behind")


def test_a_broken_allowance_is_an_error_and_what_stands_on_it_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance_assets, "read_open_loans", breaks)
    done = run(SME, behind)
    found = {one.check_name: one for one in done.get_asset_check_evaluations()}
    assert {name: one.passed for name, one in found.items()} == {RECONCILES: False, RISES: True}
    assert found[RECONCILES].severity is dg.AssetCheckSeverity.ERROR
    assert found[RECONCILES].description == "The allowance ended with ValueError: a defect"
    assert not done.asset_materializations_for_node("models__sme_loan_allowance")
    assert done.asset_materializations_for_node("behind")


def test_a_day_that_cannot_be_reported_fails_the_step_of_whoever_asked_for_it(run: Run) -> None:
    assert not run(SME, as_of=datetime.now(UTC).date() + timedelta(days=2)).success
