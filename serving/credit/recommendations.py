"""What a customer is recommended: their last application as it would be decided now, at other terms, and after each action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.credit.actions import load_actions
from contracts.credit.offers import load_offers
from contracts.credit.providers import Basis, load_providers
from contracts.events import Json
from contracts.lending.pricing import load_pricing
from contracts.models.credit import CreditModelName
from ml.champions import Champion
from ml.credit.improvements import Improvement, changed, improvements
from ml.credit.panel import Provider, basis, panel_offers
from ml.credit.ranking import Order, RankedOffer, is_left_out, ranked
from ml.credit.underwriting import Application, Underwriting, amount, book_of, underwrite
from serving.credit.panel import Panel


@dataclass(frozen=True)
class Recommendation:
    """Offers stand as `basis` says, improvements have the best outcome first; `left_out` would have offered something."""

    now: Underwriting
    offers: list[RankedOffer]
    left_out: list[Provider]
    basis: Basis
    improvements: list[Improvement]


def application_of(stored: Json) -> Application:
    """A stored application; one from before offers were made has the terms that the contract gives by default."""
    if stored["term_months"] is not None:
        return Application(stored["inputs"], stored["term_months"], stored["jurisdiction"])
    default = load_pricing().application[stored["product"]]
    return Application(stored["inputs"], default.months, default.jurisdiction)


def recommend(
    application: Application, champion: Champion, product: CreditModelName, panel: Panel, day: date
) -> Recommendation:
    """All in one call of the champion: the application, the declared terms, and every action that changes something."""
    book, offers = book_of(product), load_offers().products[product]
    terms = offers.months
    others = [Application(application.inputs, months, application.jurisdiction) for months in terms]
    tried = [
        (action, after)
        for action in load_actions().actions
        if (after := changed(application, action, offers)) is not None
    ]
    now, *rest = underwrite([application, *others, *(after for _, after in tried)], champion, book, day)
    own = [one.offer for one in rest[: len(terms)] if one.offer is not None]
    actions = zip((action for action, _ in tried), rest[len(terms) :], strict=True)
    indicative = panel_offers(panel.providers, application, book, day)
    income, order = amount(application.inputs, book.columns.income), Order(load_offers().ranking, load_providers())
    return Recommendation(
        now,
        ranked(own, indicative, income, order),
        [one.provider for one in indicative if is_left_out(one.provider, order.providers)],
        basis([one.provider for one in indicative], is_published=panel.is_published),
        improvements(now, actions, load_actions().least),
    )
