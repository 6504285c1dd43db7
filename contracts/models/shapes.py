"""What declarations of models are made of: shares, durations, and a shape that refuses unknown keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.durations import parse_duration
from contracts.errors import ConfigurationError

Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]


class Declared(BaseModel):
    """A part of a declaration: frozen, and without room for what nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Declaration = TypeVar("Declaration", bound=Declared)


def validated(kind: type[Declaration], document: object) -> Declaration:
    """The declaration that a document holds; raises ConfigurationError when it breaks its shape."""
    try:
        return kind.model_validate(document)
    except ValueError as error:
        raise ConfigurationError(f"contracts/models: {error}") from error
