"""An application from its inputs to its offer: the champion's score, a price within the cap, and the largest loan that holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import islice

from contracts.credit.offers import OfferColumns, Refusal, load_offers
from contracts.lending.pricing import Affordability, Pricing, load_pricing
from contracts.models.credit import CreditModelName, credit_model
from ml.champions import Champion
from ml.credit.assessment import Assessment, Inputs, as_taught, assess, within_a_year
from ml.credit.limit import Means, credit_limit, principals
from ml.credit.price import Offer, Request, price


@dataclass(frozen=True)
class Application:
    """The card's columns by name, and the loan that is asked for: its instalments and whose rules hold.

    Where the card reads the term, `months` is what it reads.
    """

    inputs: Inputs
    months: int
    jurisdiction: str


@dataclass(frozen=True)
class Underwriting:
    """What an application gets. `offer` is None for a declined one, and with a `refusal` where it cannot be offered.

    `limit` is the largest loan that would be approved, has a price and fits the income; None where there is none.
    """

    assessment: Assessment
    offer: Offer | None
    refusal: Refusal | None
    limit: Offer | None


@dataclass(frozen=True)
class Book:
    """What a product's loans are made by: its columns, its prices, and the window that its probabilities hold for.

    `unaffordable` is the refusal of an instalment that the income does not bear.
    """

    product: CreditModelName
    columns: OfferColumns
    unaffordable: Refusal
    window: timedelta
    pricing: Pricing

    @property
    def affordability(self) -> Affordability:
        """What the product's borrowers can bear."""
        return self.pricing.affordability[self.product]


@cache
def book_of(product: CreditModelName) -> Book:
    """A product's book, as contracts declare it."""
    offers = load_offers().products[product]
    return Book(product, offers.columns, offers.unaffordable, credit_model(product).outcome_window, load_pricing())


def underwrite(applications: Sequence[Application], champion: Champion, book: Book, day: date) -> list[Underwriting]:
    """Every application and every step of its limit, scored in one call of the champion.

    Raises ConfigurationError for a jurisdiction that has no rate cap on `day`.
    """
    book = replace(book, window=as_taught(champion, "outcome_window", book.window))
    tried = [principals(_largest(application, book), book.affordability) for application in applications]
    rows = [
        row
        for application, steps in zip(applications, tried, strict=True)
        for inputs in (with_term(application.inputs, application.months, book.columns),)
        for row in (inputs, *({**inputs, book.columns.principal: step} for step in steps))
    ]
    assessed = iter(assess(champion, rows))
    found = []
    for application, steps in zip(applications, tried, strict=True):
        asked = next(assessed)
        by_principal = dict(zip(steps, islice(assessed, len(steps)), strict=True))
        found.append(_underwriting(application, asked, by_principal, book, day))
    return found


def with_term(inputs: Inputs, months: int, columns: OfferColumns) -> Inputs:
    """The card's columns for a loan of so many months, which a card that does not read the term knows nothing of."""
    return {**inputs, columns.months: months} if columns.months else inputs


def amount(inputs: Inputs, column: str) -> float:
    """A column's amount; one that is not known counts as none."""
    return inputs.get(column) or 0.0


def means(inputs: Inputs, book: Book) -> Means:
    """The applicant's income, and what the policy says that their other debt takes of it."""
    repaid = float(book.affordability.debt_repaid_monthly_pct) / 100
    return Means(amount(inputs, book.columns.income), repaid * amount(inputs, book.columns.existing_debt))


def _largest(application: Application, book: Book) -> float:
    return amount(application.inputs, book.columns.income) * book.affordability.largest_to_income


def _underwriting(
    application: Application, asked: Assessment, by_principal: Mapping[float, Assessment], book: Book, day: date
) -> Underwriting:
    """`by_principal` has the steps of the limit, the largest first."""
    borrower = means(application.inputs, book)

    def approved(principal: float) -> Offer | None:
        step = by_principal[principal]
        return _priced(application, principal, step, book, day) if step.outcome == "approve" else None

    limit = credit_limit(approved, by_principal, borrower, book.affordability)
    if asked.outcome == "decline":
        return Underwriting(asked, None, None, limit)
    offer = _priced(application, amount(application.inputs, book.columns.principal), asked, book, day)
    refusal = _refusal(offer, borrower, book)
    return Underwriting(asked, None if refusal else offer, refusal, limit)


def _refusal(offer: Offer | None, borrower: Means, book: Book) -> Refusal | None:
    if offer is None:
        return "rate_above_cap"
    return None if borrower.bear(offer.loan.instalment, book.affordability) else book.unaffordable


def _priced(application: Application, principal: float, assessed: Assessment, book: Book, day: date) -> Offer | None:
    risk = within_a_year(assessed.probability, book.window)
    asked = Request(book.product, application.jurisdiction, principal, application.months, risk)
    return price(asked, book.pricing, day)
