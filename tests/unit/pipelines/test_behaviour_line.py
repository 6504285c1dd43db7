"""The behaviour model over the workload's own loans: it passes its gate, is made again byte by byte, and is watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from contracts.models.behaviour import behaviour_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.behaviour_dataset import Observations
from ml.credit.behaviour_run import train_behaviour
from ml.credit.run import Trained, card_parameters, card_provenance
from ml.governance.monitoring import Window
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_windows import watched_behaviour
from pipelines.models.monitoring import refresh_monitoring
from pipelines.models.observations import ObservedLoans, read_observations
from pipelines.models.reproduction import Recorded, reproduce
from tests.unit.pipelines.generated_loans import hold_generated
from tests.unit.pipelines.lakes import small_lake
from tests.unit.pipelines.loan_books import hold_book

MODEL = behaviour_model("micro_loan_behaviour")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The loans of a small world."""
    with small_lake(tmp_path_factory.mktemp("lake")) as opened:
        hold_generated(opened, seed=7, size="small")
        yield opened


@pytest.fixture(scope="module")
def observed(world: Lake) -> ObservedLoans:
    return read_observations(world, MODEL)


@pytest.fixture(scope="module")
def trained(observed: ObservedLoans) -> Trained:
    return train_behaviour(MODEL, observed.observations)


def test_the_card_of_the_demos_loans_passes_its_gate(trained: Trained) -> None:
    assert trained.gate.passed, trained.gate.failures()


def test_the_run_is_made_again_from_its_snapshots(world: Lake, observed: ObservedLoans, trained: Trained) -> None:
    recorded = Recorded(
        tags=card_provenance(MODEL, observed.snapshots).origin(),
        parameters={name: str(value) for name, value in card_parameters(MODEL).items()},
        content=trained.content,
    )
    found = reproduce("micro_loan_behaviour", recorded, world)
    assert found.same
    assert found.differences == ()


def test_months_after_it_was_made_are_judged_by_what_it_was_made_from(
    world: Lake, observed: ObservedLoans, tmp_path: Path
) -> None:
    told = observed.observations
    earlier = told.present - timedelta(days=120)
    content = train_behaviour(MODEL, Observations(told.rows[told.rows["observed_at"] <= earlier], earlier)).content
    settings = Settings(state=tmp_path)
    publish(content, settings, "micro_loan_behaviour")
    examined = refresh_monitoring(world, settings, "micro_loan_behaviour")
    assert examined
    assert {one.model_version for one in examined} == {Champion(content).version}
    drifts = {finding.subject for one in examined for finding in one.of("drift")}
    assert drifts == {"score", *(feature.name for feature in MODEL.features)}


def test_a_window_is_judged_by_the_defaults_that_followed_each_of_its_observations(
    world: Lake, observed: ObservedLoans, trained: Trained
) -> None:
    watched, champion = watched_behaviour(world, MODEL), Champion(trained.content)
    assert watched is not None
    assert (watched.maturity, watched.present) == (MODEL.outcome_window, observed.observations.present)
    month = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
    decided = watched.read(champion, month)
    rows = observed.observations.rows
    rows = rows[rows["observed_on"].dt.date == date(2026, 2, 28)]
    assert decided is not None
    assert len(decided.scores) == len(rows) > decided.outcome.sum() > 0
    followed = rows["defaulted_at"] < month.start + timedelta(hours=5) + MODEL.outcome_window
    assert decided.outcome.tolist() == followed.tolist()
    assert len(np.unique(decided.clusters)) == rows["borrower"].nunique() < len(rows)
    assert watched.read(champion, Window(month.end, month.end + timedelta(days=5))) is None


def test_without_a_loan_there_is_nothing_to_watch(tmp_path: Path) -> None:
    with small_lake(tmp_path) as lake:
        hold_book(lake, ([], []))
        assert watched_behaviour(lake, MODEL) is None
