"""What an application tells of its applicant, by product: the columns of the product's card, by their names in the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from contracts.credit.offers import ProductOffers
from contracts.models.credit import CreditModel
from contracts.tables import Column, find_table

_HIGHEST = 1e12


def asked_columns(model: CreditModel, product: ProductOffers) -> tuple[str, ...]:
    """The card's columns but the loan's term, which every application tells beside them."""
    return tuple(name for name in model.columns if name != product.columns.months)


def features_model(name: str, model: CreditModel, product: ProductOffers) -> type[BaseModel]:
    """The class of that name, which refuses what the card does not read."""
    columns = {column.name: column for column in find_table(model.app, model.applied_in).columns}
    fields: dict[str, Any] = {asked: _field(columns[asked], product) for asked in asked_columns(model, product)}
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", strict=False),
        __doc__="What is known of the applicant and the loan when it is applied for.",
        **fields,
    )


def _field(column: Column, product: ProductOffers) -> tuple[Any, Any]:
    number: Any = int if column.type in {"smallint", "integer"} else float
    unit = f" ({column.unit})" if column.unit else ""
    options: dict[str, Any] = {
        "ge": product.lowest.get(column.name, 0),
        "le": _HIGHEST,
        "allow_inf_nan": False,
        "description": f"{column.description}{unit}",
        "examples": [product.example.features[column.name]],
    }
    return (number | None, Field(default=None, **options)) if column.optional else (number, Field(**options))
