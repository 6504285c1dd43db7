"""What the kernel is told: contracts compiled to the one JSON document that travels inside the job."""

from __future__ import annotations

import json
from typing import Any

from contracts.errors import ConfigurationError
from contracts.events import SECONDS_AHEAD, event_schema, load_envelope
from contracts.features import features_version, load_feature_views
from contracts.money import load_currencies
from contracts.rules import compile_active
from contracts.settings import Settings
from contracts.topics import Topic, load_topics

Json = dict[str, Any]

# Where a movement comes from, by the topic that brings it.
ORIGINS = {"transaction.history": "history", "transaction.events": "live", "scoring.requests": "request"}
LABELS = "label.events"
REPLIES = "scoring.replies"

_MOVEMENT = "transaction.attempted.v1"  # every transaction type has the same schema
_LABEL = "label.recorded.v1"
_ACCOUNT, _OWN, _PARTY = "account_id", "transaction_id", "customer_id"
_COPIED = {
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    SECONDS_AHEAD: "seconds_ahead",
}
_BOUNDS = ("minimum", "maximum")
_SILENT = frozenset({"description", "type", "enum", "const", "format", "x-one-of"})
_JSON_KINDS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def job_configuration(settings: Settings, views: list[Json] | None = None) -> str:
    """The kernel's configuration as JSON with sorted keys; `views` stand in for the declared ones in tests.

    Raises ConfigurationError for a schema keyword or topic that the kernel does not know: it must never ignore one.
    """
    document = {
        "contract": event_contract(),
        "labels": label_contract(),
        "views": staged([view.as_kernel_json() for view in load_feature_views()] if views is None else views),
        "features_version": features_version(),
        "rules": compile_active(),
        "rules_file": str(settings.rules_file),
        "model_file": str(settings.models_directory / "fraud" / "champion.onnx"),
        "scores": "transaction.scores",
        "alerts": "aml.alerts",
        "replies": REPLIES,
        "quarantine": "quarantine.events",
    }
    return json.dumps(document, sort_keys=True)


def staged(views: list[Json]) -> list[Json]:
    """Views in the order in which the kernel visits their keys: the account, the movement itself, keys that a movement may lack, the party.

    The party decides, so that alerts about it are raised in one place; one without declared features is added.
    """
    account = [view for view in views if view["key"] == _ACCOUNT]
    own = [view for view in views if view["key"] == _OWN]
    party = [view for view in views if view["key"] == _PARTY]
    others = [view for view in views if view["key"] not in {_ACCOUNT, _OWN, _PARTY}]
    nobody: Json = {"view": "party", "entity": "party", "key": _PARTY, "lag_ms": 0, "features": []}
    return [*account, *own, *others, *(party or [nobody])]


def stage_names(configuration: str) -> list[str]:
    """The views that have a stage behind the account's, in their order."""
    return [view["view"] for view in json.loads(configuration)["views"] if view["key"] not in {_ACCOUNT, _OWN}]


def label_contract() -> Json:
    """Envelope, fields, type and topic of labels, likewise."""
    topics = {topic.name: topic for topic in load_topics()}
    return {
        "envelope": field_specs(load_envelope()),
        "fields": field_specs(event_schema(_LABEL).schema),
        "types": {_LABEL: {}},
        "topics": {LABELS: {"origin": "label", "types": list(topics[LABELS].types)}},
    }


def event_contract() -> Json:
    """Envelope, movement fields, types and topics, as the kernel validates them."""
    topics = {topic.name: topic for topic in load_topics()}
    return {
        "envelope": field_specs(_envelope_with_known_partitions(topics[REPLIES])),
        "fields": field_specs(event_schema(_MOVEMENT).schema),
        "types": {name: event_schema(name).fixed for name in _types(topics)},
        "topics": {name: {"origin": origin, "types": list(topics[name].types)} for name, origin in ORIGINS.items()},
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
