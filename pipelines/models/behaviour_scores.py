"""What the behaviour model in charge says of loans on a day: their yearly probabilities of default, and its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.models.behaviour import BehaviourModel
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.credit.assessment import as_taught, within_a_year
from ml.credit.default_risk import DefaultRisk
from pipelines.lakehouse.catalog import Lake
from pipelines.models.observations import measured_on

LoanKey = tuple[str, str]


@dataclass(frozen=True)
class BehaviourScores:
    """Probabilities of default within a year by (tenant_id, loan_id), of every loan that had not defaulted.

    They are made of those within `window`, the one that the version was taught by.
    """

    model_version: str
    window: timedelta
    within_a_year: Mapping[LoanKey, float]

    def risk(self, loan: LoanKey) -> DefaultRisk | None:
        """What a loan's payments say of the months that it has left; None of a loan that is not known."""
        found = self.within_a_year.get(loan)
        return None if found is None else DefaultRisk(found, self.window)


def behaviour_scores(
    lake: Lake, settings: Settings, model: BehaviourModel, day: date, snapshots: Mapping[str, str]
) -> BehaviourScores | None:
    """None while no version is in charge, or the one that is reads what is no longer measured."""
    champion = ChampionWatch(settings, model.model).current()
    if champion is None or not set(champion.features) <= set(model.columns):
        return None
    return score(lake, champion, model, day, snapshots)


def taught_to(champion: Champion, model: BehaviourModel) -> BehaviourModel:
    """The declaration with the lengths of time that a champion was taught by."""
    return model.model_copy(update={name: as_taught(champion, name, length) for name, length in model.spans.items()})


def score(
    lake: Lake, champion: Champion, model: BehaviourModel, day: date, snapshots: Mapping[str, str]
) -> BehaviourScores:
    """The champion is called once, of what it was taught to read: another `recent` or window may have been declared since."""
    taught = taught_to(champion, model)
    rows = measured_on(lake, taught, day, snapshots)
    found: dict[LoanKey, float] = {}
    if len(rows):
        probabilities = champion.run(rows[list(champion.features)].to_numpy(dtype="float64"))[0][:, 1].tolist()
        keys = zip(rows["tenant_id"], rows["loan_id"], strict=True)
        yearly = [within_a_year(one, taught.outcome_window) for one in probabilities]
        found = dict(zip(keys, yearly, strict=True))
    return BehaviourScores(champion.version, taught.outcome_window, found)
