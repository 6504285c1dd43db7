"""The behaviour card's asset: made by the code of every card, and no error while there is too little to learn from."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from contracts.errors import InvalidInputError
from contracts.models.behaviour import behaviour_model
from contracts.models.credit import CardName
from contracts.settings import Settings
from pipelines.models import assets
from pipelines.models.assets import fitted
from pipelines.models.behaviour_assets import BEHAVIOUR_CARDS
from pipelines.models.model_checks import APPROVAL, GATE, REVIEW
from pipelines.models.monitoring import MONITORING, PERFORMANCE, POPULATION

MODEL = behaviour_model("micro_loan_behaviour")


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
def test_too_few_defaults_are_told_and_are_no_error_since_the_application_model_stands_in() -> None:
    checks = untaught(MODEL.model)
    assert not checks[GATE].passed
    assert checks[GATE].severity is dg.AssetCheckSeverity.WARN
    assert "3 loans defaulted" in str(checks[GATE].description)
    assert checks[APPROVAL].passed


@pytest.mark.usefixtures("_nothing_served")
def test_nothing_stands_in_for_the_application_model() -> None:
    assert untaught(MODEL.until_served)[GATE].severity is dg.AssetCheckSeverity.ERROR


def test_it_has_the_checks_of_every_model_and_says_how_it_is_approved() -> None:
    card = BEHAVIOUR_CARDS["micro_loan_behaviour"]
    assert {key.name for key in card.check_keys} == {GATE, APPROVAL, REVIEW}
    told = card.descriptions_by_key[card.key]
    assert "./atalaya model approve micro_loan_behaviour NUMBER" in told
    assert card.dependency_keys == {
        dg.AssetKey(["silver", "diasporacore__loans"]),
        dg.AssetKey(["silver", "diasporacore__loan_repayments"]),
    }


def test_it_is_watched_in_the_group_of_models() -> None:
    assert {key.name for key in MONITORING["micro_loan_behaviour"].check_keys} == {POPULATION, PERFORMANCE}
    assert set(MONITORING["micro_loan_behaviour"].group_names_by_key.values()) == {"models"}
