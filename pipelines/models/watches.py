"""What is watched of each model: the tables that it is read from, and how their decisions are cut into windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contracts.models import ModelName
from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BEHAVIOUR_MODELS, CREDIT_MODELS, CreditModel, credit_model
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_windows import watched_behaviour
from pipelines.models.data import card_tables
from pipelines.models.observations import observed_tables
from pipelines.models.windows import PAYMENTS, Watched, watched_loans, watched_payments


@dataclass(frozen=True)
class Watch:
    """The tables of the lakehouse, and what is known of a model in them; None while there is nothing to know."""

    inputs: tuple[str, ...]
    look: Callable[[Lake], Watched | None]


def _of_card(model: CreditModel) -> Watch:
    return Watch(card_tables(model), partial(watched_loans, model=model))


def _of_behaviour(model: BehaviourModel) -> Watch:
    return Watch(observed_tables(model), partial(watched_behaviour, model=model))


WATCHES: dict[ModelName, Watch] = {
    "fraud": Watch(PAYMENTS, watched_payments),
    **{name: _of_card(credit_model(name)) for name in CREDIT_MODELS},
    **{name: _of_behaviour(behaviour_model(name)) for name in BEHAVIOUR_MODELS},
}
