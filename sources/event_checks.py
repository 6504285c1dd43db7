"""The producer's refusal: plpgsql functions generated from contracts/events, so that a bad event breaks its transaction.

The subset of JSON Schema that the contracts use is translated: required, additionalProperties, type, enum, pattern,
minimum, maximum, minLength, maxLength, `x-one-of: currencies` and `x-seconds-ahead`. A keyword outside it stops the migration: a check that
silently does less than the contract would let a bad event out. `format: date-time` holds by construction (events.utc_text).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.errors import ConfigurationError
from contracts.events import SECONDS_AHEAD, load_event_schemas
from contracts.money import load_currencies
from contracts.topics import event_topics
from sources.ddl import literal

Json = dict[str, Any]

PUBLISHED = ("transaction", "payment", "label", "user", "consent", "invoice", "credit_request", "provider_quotes")

_ANNOTATIONS = {"description", "format", "type", "x-one-of"}
_BOUNDS = {"minimum": "<", "maximum": ">"}
_LENGTHS = {"minLength": "<", "maxLength": ">"}
_TYPES = {"string": "string", "integer": "number", "number": "number", "null": "null", "boolean": "boolean"}


def check_statements() -> Iterator[str]:
    """A check for each schema that the systems publish, the event type of a status, and the topic of a type."""
    schemas: dict[str, Json] = {schema.schema["$id"].removeprefix("atalaya:"): schema.schema for schema in _schemas()}
    for name in PUBLISHED:
        yield _check_function(name, schemas[name])
    for name in ("transaction", "payment", "invoice"):
        yield _type_function(name, schemas[name])
    yield _topic_function()


def _schemas() -> Iterator[Any]:
    yield from load_event_schemas().values()


def _check_function(name: str, schema: Json) -> str:
    cases = "\n".join(
        f"        when {condition} then array[{literal(field)}, {literal(reason)}]"
        for field, condition, reason in _violations(schema)
    )
    allowed = ", ".join(literal(field) for field in schema["properties"])
    return f"""create or replace function events.check_{name}(origin text, data jsonb) returns jsonb
language plpgsql stable as $$
declare
    violation text[];
begin
    violation := case
{cases}
        when data - array[{allowed}] <> '{{}}' then array['event', 'has a field that its contract does not know']
    end;
    if violation is not null then
        raise exception using
            errcode = 'check_violation',
            message = format('%s: %s %s (it is %s)', origin, violation[1], violation[2],
                coalesce(data ->> violation[1], 'missing')),
            hint = 'The event breaks contracts/events/{name}.schema.json, so the change that causes it is refused.',
            column = violation[1];
    end if;
    return data;
end
$$"""


def _violations(schema: Json) -> Iterator[tuple[str, str, str]]:
    properties: dict[str, Json] = schema["properties"]
    # A currency first: without it the amounts are missing too, and the message should name the cause.
    for field, rule in properties.items():
        if rule.get("x-one-of") == "currencies":
            known = _listed(load_currencies())
            yield field, f"data ->> {literal(field)} not in ({known})", "is not a currency that the platform knows"
    for field in schema["required"]:
        yield field, f"not data ? {literal(field)}", "is missing"
    for field, rule in properties.items():
        yield from ((field, condition, reason) for condition, reason in field_violations(field, rule))


def field_violations(field: str, rule: Json) -> Iterator[tuple[str, str]]:
    """SQL conditions over `data` under which a field breaks its rule, each with its reason.

    Raises ConfigurationError for a keyword that it cannot translate.
    """
    value, text = f"data -> {literal(field)}", f"data ->> {literal(field)}"
    if "type" in rule:
        types = [rule["type"]] if isinstance(rule["type"], str) else list(rule["type"])
        yield (
            f"jsonb_typeof({value}) not in ({_listed(_TYPES[kind] for kind in types)})",
            f"is not a {' or '.join(types)}",
        )
        if "integer" in types:
            yield f"mod(({text})::numeric, 1) <> 0", "is not an integer"
    for keyword, wanted in rule.items():
        if keyword == "enum":
            yield f"{text} not in ({_listed(wanted)})", f"is not one of {', '.join(wanted)}"
        elif keyword == "pattern":
            yield f"{text} !~ {literal(wanted)}", f"does not match {wanted}"
        elif keyword in _BOUNDS:
            yield f"({text})::numeric {_BOUNDS[keyword]} {wanted}", f"breaks its {keyword} of {wanted}"
        elif keyword in _LENGTHS:
            yield f"length({text}) {_LENGTHS[keyword]} {wanted}", f"breaks its {keyword} of {wanted}"
        elif keyword == SECONDS_AHEAD:
            late = f"clock_timestamp() + interval '{wanted} seconds'"
            yield f"({text})::timestamptz > {late}", f"lies more than {wanted} s ahead of the clock"
        elif keyword not in _ANNOTATIONS:
            raise ConfigurationError(f"The producer's check cannot translate {keyword!r} of the event field {field!r}.")


def _type_function(name: str, schema: Json) -> str:
    cases = "\n".join(
        f"        when {literal(fixed['status'])} then {literal(event_type)}"
        for event_type, fixed in schema["x-types"].items()
    )
    return f"""create or replace function events.{name}_type(status text) returns text
language plpgsql immutable as $$
begin
    return case status
{cases}
    end;
end
$$"""


def _topic_function() -> str:
    """Live and history are two topics of the same types; the session says which of them it writes."""
    topics = {
        origin: {
            event_type: topic.name
            for topic in event_topics()
            if topic.name.endswith(".history") == (origin == "history")
            for event_type in topic.types
        }
        for origin in ("history", "live")
    }
    history = "\n".join(
        f"            when {literal(kind)} then {literal(name)}" for kind, name in topics["history"].items()
    )
    live = "\n".join(f"        when {literal(kind)} then {literal(name)}" for kind, name in topics["live"].items())
    return f"""create or replace function events.topic(event_type text) returns text
language plpgsql stable as $$
declare
    topic text;
begin
    if current_setting('atalaya.origin', true) = 'history' then
        topic := case event_type
{history}
        end;
    end if;
    return coalesce(topic, case event_type
{live}
    end);
end
$$"""


def _listed(values: Any) -> str:  # noqa: ANN401 - JSON
    return ", ".join(literal(str(value)) for value in values)
