"""Which loans a model is for, where one table holds loans of several kinds."""

from __future__ import annotations

from pydantic import Field

from contracts.models.shapes import Declared


class Product(Declared):
    """The table of products, whose key a loan and its application hold; `where` tells by column and values which belong.

    A loan of another product, or of one that is gone, is no loan of the model: it neither teaches nor is scored.
    What is unpaid of one that is gone is told as not covered by the allowance.
    """

    table: str
    where: dict[str, tuple[str, ...]] = Field(min_length=1)
