"""What a customer can be offered, by product, how offers are ranked, and the words for having none."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self, get_args

import yaml
from pydantic import Field, model_validator

from contracts.credit.texts import Texts
from contracts.lending.pricing import LONGEST_MONTHS, load_pricing
from contracts.models.credit import CREDIT_MODELS, CreditModelName, credit_model
from contracts.models.shapes import Declared, validated

FILE = Path(__file__).parent / "offers.yml"

Refusal = Literal["rate_above_cap", "instalment_above_income", "instalment_above_inflow"]


class OfferColumns(Declared):
    """Which of the card's columns hold what a price, a limit and an alert are made from; empty where it has none.

    `income` is the money of a month that an instalment is paid from; `months` is the loan's term, where the card reads it.
    """

    principal: str
    income: str
    existing_debt: str = ""
    bureau_score: str = ""
    months: str = ""


class ApplicationExample(Declared):
    """An application to show; `features` are the columns that it tells."""

    customer_id: str
    months: int = Field(ge=1, le=LONGEST_MONTHS)
    jurisdiction: str
    features: dict[str, int | float]


class ProductOffers(Declared):
    """How a product is applied for and offered, and where its numbers stand.

    `months` are the terms that recommendations try; without any there are none. Nobody applies for more than
    `longest_months`: a card that reads the term has learnt from no longer one. `lowest` is the least value of a column that may be below zero.
    `unaffordable` is the refusal of an instalment that the income does not bear. Without `jurisdictions` it is lent in
    those of its model.
    """

    columns: OfferColumns
    months: tuple[int, ...] = ()
    longest_months: int = Field(default=LONGEST_MONTHS, ge=1, le=LONGEST_MONTHS)
    jurisdictions: tuple[str, ...] = ()
    lowest: dict[str, float] = Field(default={})
    unaffordable: Refusal
    example: ApplicationExample

    @model_validator(mode="after")
    def _terms_rise(self) -> Self:
        rising = list(self.months) == sorted(set(self.months))
        if not rising or any(not 1 <= months <= self.longest_months for months in (*self.months, self.example.months)):
            raise ValueError(f"terms must rise between 1 and {self.longest_months} months")
        return self


class Ranking(Declared):
    """Weights of what an offer costs its taker."""

    source: str = Field(min_length=1)
    cost_to_principal: float = Field(ge=0)
    instalment_to_income: float = Field(ge=0)


class Offers(Declared):
    """All of it."""

    products: dict[CreditModelName, ProductOffers]
    ranking: Ranking
    refusals: dict[Refusal, Texts]

    @property
    def recommended(self) -> dict[CreditModelName, ProductOffers]:
        """The products whose customers are recommended terms and actions."""
        return {name: product for name, product in self.products.items() if product.months}

    @model_validator(mode="after")
    def _every_refusal_has_words(self) -> Self:
        if missing := set(get_args(Refusal)) - self.refusals.keys():
            raise ValueError(f"no text for {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _every_product_is_offered_and_priced(self) -> Self:
        pricing = load_pricing()
        for name, known in (
            ("offers", set[str](self.products)),
            ("loss given default", set(pricing.loss_given_default_pct)),
            ("affordability", set(pricing.affordability)),
        ):
            if missing := set[str](CREDIT_MODELS) - known:
                raise ValueError(f"no {name} of {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _columns_are_the_cards(self) -> Self:
        for model, product in self.products.items():
            named = {*product.columns.model_dump().values(), *product.lowest, *product.example.features} - {""}
            if unknown := named - set(credit_model(model).columns):
                raise ValueError(f"the card has no {', '.join(sorted(unknown))}")
            asked = set(credit_model(model).columns) - {product.columns.months}
            if silent := asked - product.example.features.keys():
                raise ValueError(f"the example tells no {', '.join(sorted(silent))}")
        return self

    @model_validator(mode="after")
    def _loans_are_priced_where_they_are_made(self) -> Self:
        for model, product in self.products.items():
            if unknown := {*lent_in(model, product), product.example.jurisdiction} - load_pricing().caps.keys():
                raise ValueError(f"{model} is lent in {', '.join(sorted(unknown))}, which has no rate cap")
        return self


def lent_in(model: CreditModelName, product: ProductOffers) -> tuple[str, ...]:
    """Whose rules a product's loans can be under, by name."""
    return tuple(sorted(product.jurisdictions or credit_model(model).policies))


@cache
def load_offers() -> Offers:
    """The declared offers; raises ConfigurationError for an unknown column, a product without a price, or a refusal without its texts."""
    return validated(Offers, yaml.safe_load(FILE.read_text(encoding="utf-8")))
