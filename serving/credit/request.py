"""A credit application as a caller sends it: which product, for which terms, and what that product's card reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, create_model

from contracts.credit.offers import ProductOffers, lent_in, load_offers
from contracts.events import Json
from contracts.lending.pricing import load_pricing
from contracts.models.credit import CreditModelName, credit_model
from ml.credit.assessment import Inputs
from ml.credit.underwriting import with_term
from serving.credit.features import features_model
from serving.platform.texts import Text

UNLESS_SAID: CreditModelName = "micro_loan"  # callers from before there were several products name none

_Identifier = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$", examples=["app-2026-0001"])
]


class CreditRequest(BaseModel):
    """An application. The same `application_id` always gets the same decision."""

    model_config = ConfigDict(extra="forbid")

    application_id: _Identifier
    customer_id: Text = Field(min_length=1)
    product: CreditModelName = UNLESS_SAID
    months: int
    jurisdiction: str
    features: BaseModel

    @property
    def inputs(self) -> Inputs:
        """The card's columns by name."""
        return with_term(self.features.model_dump(), self.months, load_offers().products[self.product].columns)


def _request_model(product: CreditModelName, offers: ProductOffers) -> type[CreditRequest]:
    """The request of one product: what it asks for, and what holds where a caller does not say."""
    name, example = product.title().replace("_", ""), offers.example
    default = load_pricing().application.get(product)
    there = lent_in(product, offers)
    fields: dict[str, Any] = {
        "customer_id": (Text, Field(min_length=1, examples=[example.customer_id])),
        "product": (Literal[product], product if product == UNLESS_SAID else ...),
        "months": (
            int,
            Field(
                default=default.months if default else ...,
                ge=1,
                le=offers.longest_months,
                description="Number of monthly instalments",
                examples=[example.months],
            ),
        ),
        "jurisdiction": (
            Annotated[str, AfterValidator(_priced_in(there))],
            Field(
                default=default.jurisdiction if default else ...,
                description=f"Whose rate cap and disclosed rate hold: {', '.join(there)}",
                examples=[example.jurisdiction],
                json_schema_extra={"enum": list(there)},
            ),
        ),
        "features": (features_model(f"{name}Features", credit_model(product), offers), ...),
    }
    return create_model(f"{name}Request", __base__=CreditRequest, __doc__=CreditRequest.__doc__, **fields)


def _priced_in(there: tuple[str, ...]) -> Callable[[str], str]:
    def check(jurisdiction: str) -> str:
        if jurisdiction not in there:
            raise ValueError(f"loans are priced in {', '.join(there)}")
        return jurisdiction

    return check


REQUESTS = {product: _request_model(product, offers) for product, offers in load_offers().products.items()}

EXAMPLES: Json = {
    product: {
        "summary": product,
        "value": {"application_id": f"app-2026-{number:04}", "product": product, **offers.example.model_dump()},
    }
    for number, (product, offers) in enumerate(load_offers().products.items(), 1)
}


def read_application(body: object) -> CreditRequest:
    """The application that a body tells, by the request of its product; raises ValidationError naming the field to correct."""
    product = body.get("product", UNLESS_SAID) if isinstance(body, dict) else None
    known = [request for name, request in REQUESTS.items() if name == product]
    return (known or [CreditRequest])[0].model_validate(body)


# Any: the requests are made of declarations, and the class that they share would stand in OpenAPI beside them.
Application = Annotated[
    Any,
    PlainValidator(
        read_application,
        json_schema_input_type=Annotated[reduce(or_, REQUESTS.values()), Field(discriminator="product")],
    ),
]
