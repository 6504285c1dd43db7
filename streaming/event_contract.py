"""The event contracts as the kernel validates messages: envelope, fields, types and topics, compiled from `contracts/events`."""

from __future__ import annotations

from typing import Any

from contracts.errors import ConfigurationError
from contracts.events import SECONDS_AHEAD, event_schema, load_envelope
from contracts.money import load_currencies
from contracts.topics import Topic, load_topics
from streaming.topics import DECLARED, LABELS, ORIGINS, REPLIES, JobTopics

Json = dict[str, Any]

_MOVEMENT = "transaction.attempted.v1"  # every transaction type has the same schema
_LABEL = "label.recorded.v1"
_COPIED = {
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    SECONDS_AHEAD: "seconds_ahead",
}
_BOUNDS = ("minimum", "maximum")
_SILENT = frozenset({"description", "type", "enum", "const", "format", "x-one-of"})
_JSON_KINDS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def event_contract(read: JobTopics = DECLARED) -> Json:
    """Envelope, movement fields, types and the topics that are read; raises ConfigurationError for a keyword unknown to the kernel."""
    topics = {topic.name: topic for topic in load_topics()}
    return {
        "envelope": field_specs(_envelope_with_known_partitions(topics[REPLIES])),
        "fields": field_specs(event_schema(_MOVEMENT).schema),
        "types": {name: event_schema(name).fixed for name in _types(topics)},
        "topics": {
            name: {"origin": ORIGINS[declared], "types": list(topics[declared].types)}
            for declared, name in read.inputs.items()
        },
    }


def field_specs(schema: Json) -> list[Json]:
    """One specification for each property, in the schema's order, which is the order that errors are looked for."""
    required = set(schema["required"])
    return [
        {"name": name, "required": name in required, **_spec(name, declared)}
        for name, declared in schema["properties"].items()
    ]


def _types(topics: dict[str, Topic]) -> list[str]:
    return sorted({event_type for name in ORIGINS for event_type in topics[name].types})


def _envelope_with_known_partitions(replies: Topic) -> Json:
    envelope = load_envelope()
    waiting = {**envelope["properties"]["replyto"], "maximum": replies.partitions - 1}
    return {**envelope, "properties": {**envelope["properties"], "replyto": waiting}}


def _spec(name: str, declared: Json) -> Json:
    spec: Json = {"kinds": _kinds(declared)}
    for keyword, value in declared.items():
        if keyword in _COPIED:
            spec[_COPIED[keyword]] = value
        elif keyword in _BOUNDS:
            spec[keyword] = value
        elif keyword not in _SILENT:
            raise ConfigurationError(f"The kernel does not know the keyword {keyword!r} of {name!r}.")
    if "enum" in declared or "const" in declared:
        spec["one_of"] = declared.get("enum", [declared.get("const")])
    if declared.get("x-one-of") == "currencies":
        spec["one_of"] = sorted(load_currencies())
    if declared.get("format") == "date-time":
        spec["instant"] = True
    return spec


def _kinds(declared: Json) -> list[str]:
    if "type" in declared:
        kinds = declared["type"]
        return list(kinds) if isinstance(kinds, list) else [kinds]
    values = declared.get("enum", [declared.get("const")])
    return sorted({_JSON_KINDS[type(value)] for value in values})


def label_contract(read: JobTopics = DECLARED) -> Json:
    """Envelope, fields, type and topic of labels, likewise."""
    topics = {topic.name: topic for topic in load_topics()}
    return {
        "envelope": field_specs(load_envelope()),
        "fields": field_specs(event_schema(_LABEL).schema),
        "types": {_LABEL: {}},
        "topics": {read.labels: {"origin": "label", "types": list(topics[LABELS].types)}},
    }
