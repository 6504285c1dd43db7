"""One training of the behaviour card, from observations of open loans to a registered version. Needs no Dagster."""

from __future__ import annotations

from contracts.models.behaviour import BehaviourModel, HeldOut
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.credit.behaviour_dataset import Observations, build_behaviour_dataset
from ml.credit.run import Outcome, Trained, fit_and_judge, register
from ml.governance.determinism import fixed_threads

_HELD_OUT: dict[HeldOut, str] = {
    "later": "It was judged by observations that are later than every outcome which it learnt from.",
    "borrowers": "It was judged by other borrowers of the same time: what befalls all of them together was not held out, and stability is that of the draw.",
}
_LIMITS = (
    "It speaks of open loans that have not defaulted, and of nobody who applies: it refuses nobody a loan, and no fairness policy judges it.",
    "A payment that was taken back later is not known to have been made: silver keeps an instalment as it is now.",
    "A part payment counts for nothing until the instalment is paid in full.",
    "One loan is observed many times: intervals draw whole borrowers, and figures by row weigh a long loan more than a short one.",
)


def train_behaviour(model: BehaviourModel, observed: Observations, *, champion: Champion | None = None) -> Trained:
    """Fit and judge a challenger; raises InvalidInputError when too few loans defaulted."""
    with fixed_threads():
        return fit_and_judge(observed.rows, build_behaviour_dataset(observed, model), model, champion, None)


def run_behaviour(
    model: BehaviourModel, observed: Observations, settings: Settings, *, snapshots: dict[str, str]
) -> Outcome:
    """Train, record in MLflow, and promote where nothing is served and the gate may decide alone; else a person decides.

    `snapshots` name the data it was made from.
    """
    champion = ChampionWatch(settings, model.model).current()
    trained = train_behaviour(model, observed, champion=champion)
    return register(settings, trained, model, snapshots, champion, behaviour_limits(model))


def behaviour_limits(model: BehaviourModel) -> tuple[str, ...]:
    """What a behaviour card must not be trusted with, in sentences."""
    return (*_LIMITS, _HELD_OUT[model.held_out])
