"""Offers, actions and monitoring as they are declared: what names a column has one, who is refused is told in every language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from contracts.credit import actions, monitoring, offers, providers
from contracts.errors import ConfigurationError
from contracts.lending import pricing
from contracts.models.shapes import validated

ACTIONS = (actions, actions.load_actions)
OFFERS = (offers, offers.load_offers)
MONITORING = (monitoring, monitoring.load_monitoring)
PRICING = (pricing, pricing.load_pricing)
PROVIDERS = (providers, providers.load_providers)
Declaration = tuple[ModuleType, Callable[[], object]]


@pytest.mark.parametrize(
    ("declaration", "line", "broken", "reason"),
    [
        (ACTIONS, "input: principal, multiply: 0.9}", "input: colour, multiply: 0.9}", "has no colour"),
        (ACTIONS, "multiply: 0.9}", "add: 0}", "nothing changes principal"),
        (ACTIONS, "code: repay_all_debt", "code: borrow_half", "two actions have one code"),
        (ACTIONS, "      es: Solicite la mitad del importe.\n", "", "no text in es"),
        (OFFERS, "[6, 12, 24, 36, 48, 60]", "[6, 12, 24, 36, 48, 72]", "between 1 and 60"),
        (OFFERS, "[6, 12, 24, 36, 48, 60]", "[12, 6]", "terms must rise"),
        (OFFERS, "applied_late_receivables_pct: 18.0, ", "", "the example tells no applied_late_receivables_pct"),
        (OFFERS, "longest_months: 12", "longest_months: 9", "between 1 and 9"),
        (OFFERS, "longest_months: 18", "longest_months: 11", "between 1 and 11"),
        (OFFERS, "longest_months: 18", "longest_months: 72", "longest_months"),
        (OFFERS, "income: applied_income", "income: wealth", "has no wealth"),
        (OFFERS, "      applied_inflow_change_pct: -100", "      inflow: -100", "has no inflow"),
        (OFFERS, "  sme_loan: #", "  gold_loan: #", "gold_loan"),
        (OFFERS, "jurisdictions: [CA, EU, MX, US]", "jurisdictions: [CA, BR]", "lent in BR, which has no rate cap"),
        (OFFERS, "months: 12\n      jurisdiction: US", "months: 12\n      jurisdiction: BR", "lent in BR"),
        (MONITORING, "score_step: 20", "score_step: 0", "score_step"),
        (MONITORING, "  score_rose:", "  score_went:", "texts"),
        (PRICING, "jurisdiction: CA", "jurisdiction: BR", "without a rate cap"),
        (PRICING, "  sme_loan: {", "  smes_loan: {", "No loss given default is declared for sme_loan"),
        (PROVIDERS, "[0, 580, 640, 700]", "[580, 640, 700]", "must rise from 0"),
        (PROVIDERS, "[0, 580, 640, 700]", "[0, 640, 640]", "must rise from 0"),
        (PROVIDERS, "latency_p95: 2500ms", "latency_p95: 3s", "no answer takes longer"),
        (PROVIDERS, "stale_after: 3h", "stale_after: 0h", "stale_after"),
        (PROVIDERS, "stale_after: 30d", "stale_after: 0d", "stale_after"),
        (PROVIDERS, "terms_stale:\n    effect: left_out", "terms_stale:\n    effect: last", "terms_stale cannot have"),
        (PROVIDERS, "effect: left_out", "effect: by_benefit", "breaker_open cannot have"),
        (PROVIDERS, "effect: by_benefit", "effect: last", "figures_missing cannot have"),
        (PROVIDERS, "  breaker_half_open:", "  breaker_ajar:", "findings"),
        (PROVIDERS, "      fr: L'état du fournisseur n'est pas connu.\n", "", "no text in fr"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(
    declaration: Declaration, line: str, broken: str, reason: str, request: pytest.FixtureRequest
) -> None:
    (module, load), text = declaration, declaration[0].FILE.read_text(encoding="utf-8")
    assert line in text
    changed: Path = request.getfixturevalue("tmp_path") / "declared.yml"
    changed.write_text(text.replace(line, broken, 1), encoding="utf-8")
    request.getfixturevalue("monkeypatch").setattr(module, "FILE", changed)
    with pytest.raises(ConfigurationError, match=reason):
        load.__wrapped__()  # type: ignore[attr-defined]


def changed(**parts: dict[str, object]) -> dict[str, object]:
    return {**offers.load_offers().model_dump(), **parts}


def without(part: dict[str, object], name: str) -> dict[str, object]:
    assert name in part
    return {key: value for key, value in part.items() if key != name}


def test_a_product_that_nobody_can_apply_for_is_refused() -> None:
    products = offers.load_offers().model_dump()["products"]
    with pytest.raises(ConfigurationError, match="no offers of sme_loan"):
        validated(offers.Offers, changed(products=without(products, "sme_loan")))


def test_a_refusal_without_words_is_refused() -> None:
    refusals = offers.load_offers().model_dump()["refusals"]
    with pytest.raises(ConfigurationError, match="no text for instalment_above_inflow"):
        validated(offers.Offers, changed(refusals=without(refusals, "instalment_above_inflow")))


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("loss_given_default_pct", "no loss given default of sme_loan"),
        ("affordability", "no affordability of sme_loan"),
    ],
)
def test_a_product_without_a_price_is_refused(part: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = pricing.load_pricing()
    unpriced = declared.model_copy(update={part: without(getattr(declared, part), "sme_loan")})
    monkeypatch.setattr(offers, "load_pricing", lambda: unpriced)
    with pytest.raises(ConfigurationError, match=told):
        validated(offers.Offers, changed())
