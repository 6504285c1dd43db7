"""What a customer is recommended: their last application as it would be decided now, at other terms, and after each action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.credit.actions import load_actions
from contracts.credit.offers import load_offers
from contracts.events import Json
from contracts.lending.pricing import load_pricing
from ml.champions import Champion
from ml.credit.improvements import Improvement, changed, improvements
from ml.credit.ranking import RankedOffer, ranked
from ml.credit.underwriting import Application, Underwriting, amount, micro_loan_book, underwrite


@dataclass(frozen=True)
class Recommendation:
    """Offers have the least burden first, improvements the best outcome first."""

    now: Underwriting
    offers: list[RankedOffer]
    improvements: list[Improvement]


def application_of(stored: Json) -> Application:
    """A stored application; one from before offers were made has the terms that the contract gives by default."""
    default = load_pricing().application
    return Application(
        stored["inputs"], stored["term_months"] or default.months, stored["jurisdiction"] or default.jurisdiction
    )


def recommend(application: Application, champion: Champion, day: date) -> Recommendation:
    """All in one call of the champion: the application, the declared terms, and every action that changes something."""
    book, declared = micro_loan_book(), load_offers()
    terms = declared.products["micro_loan"].months
    others = [Application(application.inputs, months, application.jurisdiction) for months in terms]
    tried = [
        (action, after) for action in load_actions().actions if (after := changed(application, action)) is not None
    ]
    now, *rest = underwrite([application, *others, *(after for _, after in tried)], champion, book, day)
    offers = [one.offer for one in rest[: len(terms)] if one.offer is not None]
    actions = zip((action for action, _ in tried), rest[len(terms) :], strict=True)
    income = amount(application.inputs, book.columns.income)
    return Recommendation(
        now, ranked(offers, income, declared.ranking), improvements(now, actions, load_actions().least)
    )
