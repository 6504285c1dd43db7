"""The asset of each behaviour card: made by the code of every card, and no error while there is too little to learn from."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from contracts.errors import InvalidInputError
from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BEHAVIOUR_MODELS, BehaviourModelName, CardName
from contracts.models.inventory import model_inventory
from contracts.settings import Settings
from pipelines.models import assets
from pipelines.models.assets import fitted
from pipelines.models.behaviour_assets import BEHAVIOUR_CARDS
from pipelines.models.model_checks import APPROVAL, GATE, REVIEW
from pipelines.models.monitoring import MONITORING, PERFORMANCE, POPULATION

# What each is read from: loans, instalments, and where the loans' own row does not hold it, what they were granted by.
TABLES: dict[BehaviourModelName, tuple[str, ...]] = {
    "micro_loan_behaviour": ("silver.diasporacore__loans", "silver.diasporacore__loan_repayments"),
    "sme_loan_behaviour": (
        "silver.nexafi__loans",
        "silver.nexafi__loan_repayments",
        "silver.nexafi__credit_applications",
    ),
    "consumer_loan_behaviour": (
        "silver.raisket__loans",
        "silver.raisket__loan_repayments",
        "silver.raisket__applications",
        "silver_history.raisket__bureau_reports",
        "silver.raisket__products",
    ),
}


@pytest.fixture(params=BEHAVIOUR_MODELS)
def model(request: pytest.FixtureRequest) -> BehaviourModel:
    return behaviour_model(request.param)


@pytest.fixture
def _nothing_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "load_settings", lambda: Settings(state=tmp_path))


def untaught(model: CardName) -> dict[str, dg.AssetCheckResult]:
    """The checks of a run that had too little to learn from."""

    def fit(_settings: Settings) -> object:
        raise InvalidInputError("in the train part 3 loans defaulted", field="diasporacore.loans.defaulted_at")

    made, *checks = fitted(dg.AssetKey(["models", model]), model, fit)  # type: ignore[arg-type] # it never returns
    assert isinstance(made, dg.MaterializeResult)
    assert made.metadata is not None
    assert "3 loans defaulted" in str(made.metadata["not_trained"])
    return {str(one.check_name): one for one in checks if isinstance(one, dg.AssetCheckResult)}


@pytest.mark.usefixtures("_nothing_served")
def test_too_few_defaults_are_told_and_are_no_error_since_the_application_model_stands_in(
    model: BehaviourModel,
) -> None:
    checks = untaught(model.model)
    assert not checks[GATE].passed
    assert checks[GATE].severity is dg.AssetCheckSeverity.WARN
    assert "3 loans defaulted" in str(checks[GATE].description)
    assert checks[APPROVAL].passed


@pytest.mark.usefixtures("_nothing_served")
def test_nothing_stands_in_for_the_application_model() -> None:
    assert untaught("micro_loan")[GATE].severity is dg.AssetCheckSeverity.ERROR


def test_it_has_the_checks_of_every_model_and_says_how_it_is_approved(model: BehaviourModel) -> None:
    card = BEHAVIOUR_CARDS[model.model]
    assert {key.name for key in card.check_keys} == {GATE, APPROVAL, REVIEW}
    told = card.descriptions_by_key[card.key]
    assert f"./atalaya model approve {model.model} NUMBER" in told
    assert card.dependency_keys == {dg.AssetKey(name.split(".")) for name in TABLES[model.model]}


def test_it_is_watched_in_the_group_of_models(model: BehaviourModel) -> None:
    assert {key.name for key in MONITORING[model.model].check_keys} == {POPULATION, PERFORMANCE}
    assert set(MONITORING[model.model].group_names_by_key.values()) == {"models"}


def test_a_person_reads_it_and_the_line_goes_on_without_it(model: BehaviourModel) -> None:
    entry = model_inventory().entry(model.model)
    assert (entry.record.tier, entry.policy.while_unserved) == (2, "warning")
