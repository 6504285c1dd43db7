"""Whatever the product: a loan two weeks late is in stage 2 where a behaviour model is in charge, and in stage 1 where none is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest

from contracts.models.behaviour import BehaviourModel, behaviour_model, behaviour_of
from contracts.models.credit import CREDIT_MODELS, CreditModel, CreditModelName, credit_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.assessment import within_a_year
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models import allowance_assets, assets, behaviour_assets
from pipelines.models.allowance_assets import ALLOWANCES, Provided, refresh_allowance, results
from pipelines.models.behaviour_assets import BEHAVIOUR_CARDS
from pipelines.models.model_checks import GATE
from pipelines.models.observations import measured_on
from pipelines.models.provisions import Provision
from tests.unit.ml.hand_allowance_cards import consumer_allowance_card, sme_allowance_card
from tests.unit.ml.hand_behaviour_card import hand_behaviour_card, version_by_hand
from tests.unit.ml.hand_card import hand_card
from tests.unit.pipelines import test_allowance, test_consumer_allowance, test_sme_allowance
from tests.unit.pipelines.test_model_data import hold

CURRENT, LATE = "current", "late"


def _of_members(lake: Lake) -> None:
    test_allowance.portfolio(lake, *((test_allowance.loan(name), paid) for name, paid in ((CURRENT, 3), (LATE, 2))))


def _of_businesses(lake: Lake) -> None:
    """One in dollars, the other in euros."""
    current = test_sme_allowance.loan("bakery", loan_id=CURRENT)
    late = test_sme_allowance.loan("mill", loan_id=LATE, jurisdiction="EU", currency="EUR")
    test_sme_allowance.portfolio(lake, (current, 3), (late, 2))


def _of_consumers(lake: Lake) -> None:
    """Two of three instalments are due, of which one paid both and the other the first."""
    loans = [test_consumer_allowance.loan(name, loan_id=name) for name in (CURRENT, LATE)]
    test_consumer_allowance.portfolio(lake, *loans)
    due = [(row, row["instalment"] <= paid) for name, paid in ((CURRENT, 2), (LATE, 1)) for row in _three(name)]
    hold(lake, test_consumer_allowance.INSTALMENTS, *(_paid(row) if is_paid else row for row, is_paid in due))


def _three(name: str) -> list[test_consumer_allowance.Row]:
    return test_consumer_allowance.instalments(name)


def _paid(row: test_consumer_allowance.Row) -> test_consumer_allowance.Row:
    day: date = row["due_date"]
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    return {**row, "paid_amount": row["due_amount"], "paid_at": at, "updated_at": at}


@dataclass(frozen=True)
class Product:
    """A book of two loans, a day on which one of them is two weeks late, and a card of applications for it."""

    model: CreditModel
    behaviour: BehaviourModel
    hold: Callable[[Lake], None]
    card: bytes
    day: date

    def provided(self, lake: Lake, settings: Settings) -> Provided:
        found = refresh_allowance(lake, settings, self.model, self.day)
        assert found is not None
        return found

    def by_loan(self, lake: Lake, settings: Settings) -> dict[str, Provision]:
        return {one.loan_id: one for one in self.provided(lake, settings).provisions}


BOOKS: dict[CreditModelName, tuple[Callable[[Lake], None], Callable[[], bytes], date]] = {
    "micro_loan": (_of_members, hand_card, test_allowance.DAY),
    "sme_loan": (_of_businesses, sme_allowance_card, test_sme_allowance.DAY),
    "consumer_loan": (_of_consumers, consumer_allowance_card, test_consumer_allowance.DAY),
}


@pytest.fixture(params=CREDIT_MODELS)
def product(request: pytest.FixtureRequest, lake: Lake) -> Product:
    fill, card, day = BOOKS[request.param]
    behaviour = behaviour_of(request.param)
    assert behaviour is not None
    fill(lake)
    return Product(credit_model(request.param), behaviour_model(behaviour.model), fill, card(), day)


@pytest.fixture
def settings(tmp_path: Path, product: Product) -> Settings:
    """Only the application model is served."""
    found = Settings(state=tmp_path)
    publish(product.card, found, product.model.model)
    return found


def test_a_loan_two_weeks_late_is_in_stage_two_once_its_payments_are_asked(
    lake: Lake, settings: Settings, product: Product
) -> None:
    before = product.by_loan(lake, settings)
    assert {name: (one.stage, one.days_past_due) for name, one in before.items()} == {CURRENT: (1, 0), LATE: (1, 14)}
    publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
    found = product.by_loan(lake, settings)
    assert {name: one.stage for name, one in found.items()} == {CURRENT: 1, LATE: 2}
    for name, one in found.items():
        assert one.probability_at_grant == before[name].probability_at_grant
        assert one.model_version == version_by_hand(product.behaviour.model) != before[name].model_version
    shares = {name: one.allowance_amount / one.exposure_amount for name, one in found.items()}
    assert shares[LATE] > shares[CURRENT]


def test_the_probability_of_now_is_the_card_s_own_made_a_year(lake: Lake, settings: Settings, product: Product) -> None:
    publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
    found = product.by_loan(lake, settings)
    window = product.behaviour.outcome_window
    rows = measured_on(lake, product.behaviour, product.day, product.provided(lake, settings).loans.snapshots)
    card = Champion(hand_behaviour_card(product.behaviour.model))
    for row in rows.to_dict("records"):
        told = card.probability({name: row[name] for name in card.features})
        assert found[row["loan_id"]].probability_of_default == pytest.approx(within_a_year(told, window))


def test_a_version_that_reads_what_is_no_longer_measured_is_not_asked(
    lake: Lake, settings: Settings, product: Product
) -> None:
    name = product.behaviour.model
    publish(hand_behaviour_card(name, reads=(*product.behaviour.columns[:-1], "gone")), settings, name)
    found = product.provided(lake, settings)
    assert found.behaviour_version is None
    assert {one.model_version for one in found.provisions} == {found.model_version}


def test_the_metadata_name_both_models(lake: Lake, settings: Settings, product: Product) -> None:
    told = []
    for serve in (False, True):
        if serve:
            publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
        made, *_ = results(product.model, product.provided(lake, settings))
        assert made.metadata is not None
        told.append(made.metadata["behaviour_model_version"])
    assert told == [f"none: {product.model.model} stands in", version_by_hand(product.behaviour.model)]


def test_what_is_unpaid_is_covered_to_the_cent_whoever_says_how_likely_a_default_is(
    lake: Lake, settings: Settings, product: Product
) -> None:
    publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
    found = product.provided(lake, settings)
    covered: dict[str, Decimal] = {}
    for one in found.provisions:
        covered[one.currency] = covered.get(one.currency, Decimal(0)) + one.outstanding_amount
    assert covered == found.loans.unpaid


def test_the_allowance_comes_behind_both_models(product: Product) -> None:
    assert BEHAVIOUR_CARDS[product.behaviour.model].key in ALLOWANCES[product.model.model].dependency_keys


def test_a_training_of_payments_that_breaks_fails_the_run_and_stops_no_allowance(
    lake: Lake, settings: Settings, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
    for module in (assets, allowance_assets):
        monkeypatch.setattr(module, "load_settings", lambda: settings)
    for module in (behaviour_assets, allowance_assets):
        monkeypatch.setattr(module, "open_lake", lambda _settings: nullcontext(lake))
    monkeypatch.setattr(behaviour_assets, "read_observations", _breaks)
    trained, provided = BEHAVIOUR_CARDS[product.behaviour.model], ALLOWANCES[product.model.model]
    asked = {"ops": {provided.op.name: {"config": {"as_of": product.day.isoformat()}}}}
    done = dg.materialize([trained, provided], run_config=asked, raise_on_error=False)
    (made,) = done.asset_materializations_for_node(provided.op.name)
    assert made.metadata["behaviour_model_version"].value == version_by_hand(product.behaviour.model)
    gate = next(one for one in done.get_asset_check_evaluations() if one.check_name == GATE)
    assert (gate.passed, gate.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert gate.description == "The training ended with ValueError: a defect"


def _breaks(*_arguments: object) -> NoReturn:
    raise ValueError("a defect")


def test_no_behaviour_model_is_named_where_none_is_declared(
    lake: Lake, settings: Settings, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hand_behaviour_card(product.behaviour.model), settings, product.behaviour.model)
    monkeypatch.setattr(allowance_assets, "behaviour_of", lambda _name: None)
    made, *_ = results(product.model, product.provided(lake, settings))
    assert made.metadata is not None
    assert "behaviour_model_version" not in made.metadata
