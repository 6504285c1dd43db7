"""A run of Dagster over a book with too few defaults ends well, and its checks say why there is no card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from contracts.models.credit import CreditModelName
from contracts.settings import Settings
from pipelines.lakehouse.catalog import Lake
from pipelines.models import assets, score_assets
from pipelines.models.assets import APPROVAL, CARDS, GATE, REVIEW
from pipelines.models.score_assets import SCORES
from tests.unit.pipelines.consumer_history import hold_consumers
from tests.unit.pipelines.sme_history import hold_businesses

LACKING = r"at least \d+ are needed"
BOOKS: dict[CreditModelName, Callable[..., None]] = {"sme_loan": hold_businesses, "consumer_loan": hold_consumers}


@pytest.fixture(params=list(BOOKS))
def model(request: pytest.FixtureRequest) -> CreditModelName:
    name: CreditModelName = request.param
    return name


@pytest.fixture
def run(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: CreditModelName
) -> dg.ExecuteInProcessResult:
    """The card and its scores on a lakehouse of files, where the platform's is one on PostgreSQL."""

    @contextmanager
    def on_files(_settings: Settings) -> Iterator[Lake]:
        yield lake

    BOOKS[model](lake, count=60)
    for module in (assets, score_assets):
        monkeypatch.setattr(module, "open_lake", on_files)
        monkeypatch.setattr(module, "load_settings", lambda: Settings(state=tmp_path))
    return dg.materialize([CARDS[model], SCORES[model]])


def test_the_run_ends_well(run: dg.ExecuteInProcessResult, model: CreditModelName) -> None:
    assert run.success
    (card,) = run.asset_materializations_for_node(f"models__{model}")
    assert re.search(LACKING, str(card.metadata["not_trained"].value))
    (scores,) = run.asset_materializations_for_node(f"models__{model}_scores")
    assert f"No champion of {model}" in str(scores.metadata["not_computed"].value)


def test_the_gate_warns_with_the_reason_and_nothing_awaits_approval(run: dg.ExecuteInProcessResult) -> None:
    found = {one.check_name: one for one in run.get_asset_check_evaluations()}
    assert {name: one.passed for name, one in found.items()} == {GATE: False, APPROVAL: True, REVIEW: True}
    assert found[GATE].severity is dg.AssetCheckSeverity.WARN
    assert re.search(LACKING, found[GATE].description or "")
