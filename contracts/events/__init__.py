"""Event schemas by CloudEvents type, and the one validation that every Python producer and consumer uses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.formats import FORMATS
from contracts.models.credit import CREDIT_MODELS

DIRECTORY = Path(__file__).parent

Json = dict[str, Any]

# How far an instant may lie after the event's `time`: one from the future would blind every window of its account.
SECONDS_AHEAD = "x-seconds-ahead"

# The list, declared elsewhere, that a field's value is one of: read as an enum, but for currencies, which each reader
# looks up as it needs them.
ONE_OF = "x-one-of"
_LISTS = {"credit_products": CREDIT_MODELS}


@dataclass(frozen=True)
class EventSchema:
    """The schema of one event type's `data`; `fixed` are fields whose value the type implies."""

    event_type: str
    schema: Json
    fixed: Json


@cache
def load_envelope() -> Json:
    """The JSON Schema of the CloudEvents envelope."""
    return _read("envelope")


@cache
def load_event_schemas() -> dict[str, EventSchema]:
    """Every event type's schema, by CloudEvents type."""
    schemas: dict[str, EventSchema] = {}
    for path in sorted(DIRECTORY.glob("*.schema.json")):
        schema = with_listed_values(json.loads(path.read_text(encoding="utf-8")))
        for event_type, fixed in schema.get("x-types", {}).items():
            schemas[event_type] = EventSchema(event_type, schema, fixed)
    return schemas


def event_schema(event_type: str) -> EventSchema:
    """The schema of one type; raises ConfigurationError for a type that no contract declares."""
    try:
        return load_event_schemas()[event_type]
    except KeyError:
        raise ConfigurationError(f"No contract declares the event type {event_type!r}.") from None


def with_listed_values(schema: Json) -> Json:
    """A schema with the values of the lists that its fields name; raises ConfigurationError for a list that nobody declares."""
    properties = {name: _listed(name, rule) for name, rule in schema.get("properties", {}).items()}
    return {**schema, "properties": properties}


def _listed(name: str, rule: Json) -> Json:
    wanted = rule.get(ONE_OF)
    if wanted in {None, "currencies"}:
        return rule
    if wanted not in _LISTS:
        raise ConfigurationError(f"The event field {name!r} is one of {wanted!r}, which no contract lists.")
    return {"enum": list(_LISTS[wanted]), **{key: value for key, value in rule.items() if key != ONE_OF}}


def validate_event(event: Json) -> None:
    """Check a whole CloudEvent; raises InvalidInputError naming the first field that breaks the contract."""
    _check(_validator("envelope"), event, "")
    if event["type"] not in load_event_schemas():
        raise InvalidInputError(f"no contract declares {event['type']!r}", field="type")
    validate_data(event)


def validate_data(event: Json) -> None:
    """Check what a CloudEvent carries, for whoever made its envelope; raises InvalidInputError as `validate_event` does."""
    schema = event_schema(event["type"])
    _check(_type_validator(event["type"]), event["data"], "data")
    for name, value in schema.fixed.items():
        if event["data"].get(name) != value:
            raise InvalidInputError(f"{event['type']} implies {value!r}", field=f"data.{name}")
    _refuse_future(schema, event)


def _refuse_future(schema: EventSchema, event: Json) -> None:
    for name, rule in schema.schema["properties"].items():
        value = event["data"].get(name)
        if SECONDS_AHEAD in rule and value is not None:
            ahead = datetime.fromisoformat(value) - datetime.fromisoformat(event["time"])
            if ahead.total_seconds() > rule[SECONDS_AHEAD]:
                raise InvalidInputError(
                    f"lies more than {rule[SECONDS_AHEAD]} s after the event's own time", field=f"data.{name}"
                )


def _check(validator: Draft202012Validator, value: object, prefix: str) -> None:
    error = best_match(validator.iter_errors(value))
    if error is None:
        return
    path = ".".join([prefix, *map(str, error.absolute_path)]).strip(".")
    raise InvalidInputError(error.message, field=path or "event")


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_read(name), format_checker=FORMATS)


@cache
def _type_validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(event_schema(event_type).schema, format_checker=FORMATS)


def _read(name: str) -> Json:
    schema: Json = json.loads((DIRECTORY / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema
