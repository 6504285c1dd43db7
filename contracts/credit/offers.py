"""What a customer can be offered, by product, how offers are ranked, and the words for having none."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, model_validator

from contracts.credit.texts import Texts
from contracts.lending.pricing import LONGEST_MONTHS
from contracts.models.credit import CreditModelName, credit_model
from contracts.models.shapes import Declared, validated

FILE = Path(__file__).parent / "offers.yml"

Refusal = Literal["rate_above_cap", "instalment_above_income"]


class OfferColumns(Declared):
    """Which of the card's columns hold what a price, a limit and an alert are made from."""

    principal: str
    income: str
    existing_debt: str
    bureau_score: str


class ProductOffers(Declared):
    """Terms in months that a product is offered at, and where its numbers stand."""

    months: tuple[int, ...] = Field(min_length=1)
    columns: OfferColumns

    @model_validator(mode="after")
    def _terms_rise(self) -> Self:
        if (
            list(self.months) != sorted(set(self.months))
            or not 1 <= self.months[0] <= self.months[-1] <= LONGEST_MONTHS
        ):
            raise ValueError(f"terms must rise between 1 and {LONGEST_MONTHS} months")
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

    @model_validator(mode="after")
    def _columns_are_the_cards(self) -> Self:
        for model, product in self.products.items():
            if unknown := set(product.columns.model_dump().values()) - set(credit_model(model).columns):
                raise ValueError(f"the card has no {', '.join(sorted(unknown))}")
        return self


@cache
def load_offers() -> Offers:
    """The declared offers; raises ConfigurationError for an unknown column or a refusal without en, es and fr."""
    return validated(Offers, yaml.safe_load(FILE.read_text(encoding="utf-8")))
