"""Each behaviour model over the workload's own loans: it passes its gate, is made again byte by byte, and is watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BEHAVIOUR_MODELS, BehaviourModelName
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.behaviour_dataset import Observations, defaults_within
from ml.credit.behaviour_run import train_behaviour
from ml.credit.run import Trained, card_parameters, card_provenance
from ml.governance.monitoring import Window
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_windows import watched_behaviour
from pipelines.models.monitoring import refresh_monitoring
from pipelines.models.observations import ObservedLoans, measured_on, observed_tables, read_observations
from pipelines.models.open_loans import read_open_loans
from pipelines.models.reproduction import Recorded, reproduce
from tests.unit.pipelines.generated_loans import hold_generated
from tests.unit.pipelines.lakes import small_lake
from tests.unit.pipelines.test_model_data import hold

# Worlds in which enough loans have defaulted for a card; for the others than micro-loans far larger ones than the demo's.
SIZES: dict[BehaviourModelName, str] = {
    "micro_loan_behaviour": "small",
    "sme_loan_behaviour": "medium",
    "consumer_loan_behaviour": "500000",
}


@dataclass(frozen=True)
class World:
    """A model, and the lakehouse that holds its loans."""

    model: BehaviourModel
    lake: Lake
    observed: ObservedLoans

    @property
    def rows(self) -> pd.DataFrame:
        """The observations."""
        return self.observed.observations.rows


@pytest.fixture(scope="module", params=BEHAVIOUR_MODELS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    model = behaviour_model(request.param)
    with small_lake(tmp_path_factory.mktemp("lake")) as opened:
        hold_generated(opened, model.until_served, seed=7, size=SIZES[model.model])
        yield World(model, opened, read_observations(opened, model))


@pytest.fixture(scope="module")
def trained(world: World) -> Trained:
    return train_behaviour(world.model, world.observed.observations)


def test_the_card_of_the_workload_s_loans_passes_its_gate(trained: Trained) -> None:
    assert trained.gate.passed, trained.gate.failures()


def test_the_run_is_made_again_from_its_snapshots(world: World, trained: Trained) -> None:
    recorded = Recorded(
        tags=card_provenance(world.model, world.observed.snapshots).origin(),
        parameters={name: str(value) for name, value in card_parameters(world.model).items()},
        content=trained.content,
    )
    found = reproduce(world.model.model, recorded, world.lake)
    assert found.same
    assert found.differences == ()


def test_months_after_it_was_made_are_judged_by_what_it_was_made_from(world: World, tmp_path: Path) -> None:
    present = world.observed.observations.present
    earlier = world.rows[world.rows["observed_at"] <= present - timedelta(days=120)]
    content = train_behaviour(world.model, Observations(earlier, present)).content
    settings = Settings(state=tmp_path)
    publish(content, settings, world.model.model)
    examined = refresh_monitoring(world.lake, settings, world.model.model)
    assert examined
    assert {one.model_version for one in examined} == {Champion(content).version}
    drifts = {finding.subject for one in examined for finding in one.of("drift")}
    assert drifts == {"score", *(feature.name for feature in world.model.features)}


def test_a_window_is_judged_by_the_defaults_that_followed_each_of_its_observations(
    world: World, trained: Trained
) -> None:
    watched, champion = watched_behaviour(world.lake, world.model), Champion(trained.content)
    assert watched is not None
    assert (watched.maturity, watched.present) == (world.model.outcome_window, world.observed.observations.present)
    # The end of February comes on the evening of the last day, in UTC, to Brussels, and in the night to the others.
    month = Window(datetime(2026, 2, 25, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
    decided = watched.read(champion, month)
    rows = world.rows[world.rows["observed_on"].dt.date == date(2026, 2, 28)]
    assert decided is not None
    assert len(decided.scores) == len(rows) > decided.outcome.sum() > 0
    assert decided.outcome.tolist() == defaults_within(rows, world.model).tolist()
    assert len(np.unique(decided.clusters)) == rows["borrower"].nunique() < len(rows)
    assert watched.read(champion, Window(month.end, month.end + timedelta(days=5))) is None


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 6, 15), date(2026, 10, 31)])
def test_days_past_due_are_those_of_the_allowance(world: World, day: date) -> None:
    """Two statements count them; on a day they must say the same of every open loan that has not defaulted."""
    open_loans = read_open_loans(world.lake, world.model.granted_by, day)
    rows = open_loans.rows[~open_loans.rows["is_defaulted"]].set_index("loan_id")
    measured = measured_on(world.lake, world.model, day, open_loans.snapshots).set_index("loan_id")
    assert set(rows.index) <= set(measured.index)
    assert measured.loc[rows.index, "days_past_due"].astype(int).equals(rows["days_past_due"].astype(int))
    assert (rows["days_past_due"] > 0).sum() > 10


def test_without_a_loan_there_is_nothing_to_watch(world: World, tmp_path: Path) -> None:
    with small_lake(tmp_path) as lake:
        for name in observed_tables(world.model):
            hold(lake, name)
        assert watched_behaviour(lake, world.model) is None
