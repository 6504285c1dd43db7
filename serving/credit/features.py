"""What an application tells of its applicant, by product: the columns of the product's card, by their names in the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from contracts.credit.offers import ProductOffers
from contracts.models.asked import asked_columns, is_flag
from contracts.models.credit import CreditModel
from contracts.tables import Column

_HIGHEST = 1e12
_HIGHEST_WHOLE = {"smallint": 2**15 - 1, "integer": 2**31 - 1}  # as the database holds them


def features_model(name: str, model: CreditModel, product: ProductOffers) -> type[BaseModel]:
    """The class of that name, which refuses what the card does not read, and the term, which is told beside it."""
    fields: dict[str, Any] = {
        column.name: _field(column, product, 1 if is_flag(model, column.name) else _highest(column))
        for column in asked_columns(model).values()
        if column.name != product.columns.months
    }
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", strict=False),
        __doc__="What is known of the applicant and the loan when it is applied for.",
        **fields,
    )


def _highest(column: Column) -> float:
    return _HIGHEST_WHOLE.get(column.type, _HIGHEST)


def _least(column: Column, product: ProductOffers) -> dict[str, float]:
    """A loan of nothing is no loan; anything else may be nothing."""
    if column.name == product.columns.principal:
        return {"gt": 0}
    return {"ge": product.lowest.get(column.name, 0)}


def _field(column: Column, product: ProductOffers, highest: float) -> tuple[Any, Any]:
    number: Any = int if column.type in _HIGHEST_WHOLE else float
    unit = f" ({column.unit})" if column.unit else ""
    options: dict[str, Any] = {
        **_least(column, product),
        "le": highest,
        "allow_inf_nan": False,
        "description": f"{column.description}{unit}",
        "examples": [product.example.features[column.name]],
    }
    return (number | None, Field(default=None, **options)) if column.optional else (number, Field(**options))
