"""A training that an error ends fails the run by its gate, and the scores that need the champion in charge are made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest

from contracts.errors import PermanentError, TransientError
from contracts.models.credit import credit_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.run import train_card
from ml.governance.publication import publish
from pipelines import failures, spared
from pipelines.lakehouse.catalog import Lake
from pipelines.models import assets, score_assets
from pipelines.models.assets import CARDS, fraud
from pipelines.models.model_checks import APPROVAL, GATE, REVIEW
from pipelines.models.score_assets import SCORES
from tests.unit.ml.business_loans import business_loans
from tests.unit.pipelines.sme_history import APPLICATIONS, applied
from tests.unit.pipelines.test_model_data import hold

MODEL = credit_model("sme_loan")
Run = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture(scope="module")
def card() -> bytes:
    return train_card(MODEL, business_loans()).content


@pytest.fixture
def tries() -> list[int]:
    """The numbers of the attempts at training, as they are made."""
    return []


@pytest.fixture
def run(lake: Lake, tmp_path: Path, card: bytes, tries: list[int], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The card and its scores, a champion in charge, and a training that ends with an error."""

    @contextmanager
    def on_files(_settings: Settings) -> Iterator[Lake]:
        yield lake

    settings = Settings(state=tmp_path)
    publish(card, settings, MODEL.model)
    hold(lake, APPLICATIONS, applied("bakery", status="submitted"))
    for module in (assets, score_assets):
        monkeypatch.setattr(module, "open_lake", on_files)
        monkeypatch.setattr(module, "load_settings", lambda: settings)
    monkeypatch.setattr(failures, "PAUSE_SECONDS", 0.001)

    def with_error(error: Exception, *asked: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
        def breaks(*_arguments: object, **_named: object) -> NoReturn:
            tries.append(len(tries) + 1)
            raise error

        monkeypatch.setattr(assets, "read_loan_data", breaks)
        monkeypatch.setattr(assets, "read_fraud_data", breaks)
        return dg.materialize(asked or (CARDS["sme_loan"], SCORES["sme_loan"]), raise_on_error=False)

    return with_error


def checks(done: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in done.get_asset_check_evaluations()}


@pytest.mark.parametrize("error", [ValueError("a defect\nof two lines"), PermanentError("no table")])
def test_scores_are_made_by_the_champion_in_charge(run: Run, card: bytes, error: Exception) -> None:
    done = run(error)
    (scores,) = done.asset_materializations_for_node("models__sme_loan_scores")
    assert scores.metadata["waiting"].value == 1
    assert scores.metadata["model_version"].value == Champion(card).version


def test_the_gate_is_an_error_that_tells_why_though_a_champion_is_served(run: Run) -> None:
    found = checks(run(ValueError("a defect\nof two lines")))
    assert {name: one.passed for name, one in found.items()} == {GATE: False, APPROVAL: True, REVIEW: True}
    assert found[GATE].severity is dg.AssetCheckSeverity.ERROR
    assert found[GATE].description == "The training ended with ValueError: a defect"
    assert "in breaks" in str(found[GATE].metadata["trace"].value)


def test_no_model_is_said_to_be_made(run: Run) -> None:
    assert not run(ValueError("a defect")).asset_materializations_for_node("models__sme_loan")


def test_the_trace_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger=spared.__name__):
        run(ValueError("a defect"))
    (told,) = [record for record in caplog.records if record.name == spared.__name__]
    assert told.getMessage() == "models/sme_loan could not be made"
    assert told.exc_info is not None


def test_what_may_pass_is_tried_again_before_it_is_an_error(run: Run, tries: list[int]) -> None:
    done = run(TransientError("MLflow is starting"))
    assert len(tries) == 1 + failures.RETRIES
    assert checks(done)[GATE].severity is dg.AssetCheckSeverity.ERROR
    assert done.asset_materializations_for_node("models__sme_loan_scores")


def test_what_cannot_pass_is_not_tried_again(run: Run, tries: list[int]) -> None:
    run(PermanentError("no table"))
    assert tries == [1]


def test_a_broken_training_of_the_fraud_model_is_told_alike(run: Run) -> None:
    done = run(ValueError("a defect"), fraud)
    found = checks(done)
    assert {name: one.passed for name, one in found.items()} == {GATE: False, APPROVAL: True, REVIEW: True}
    assert found[GATE].severity is dg.AssetCheckSeverity.ERROR
    assert done.success
