"""What the kernel is told: contracts compiled to the one JSON document that travels inside the job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
REPLIES = "scoring.replies"


@dataclass(frozen=True)
class JobTopics:
    """The topics a job reads and writes: `inputs` by the declared topic whose contract each keeps; one left out is not read."""

    inputs: Mapping[str, str] = field(default_factory=lambda: {name: name for name in ORIGINS})
    scores: str = "transaction.scores"
    alerts: str = "aml.alerts"
    replies: str = REPLIES
    quarantine: str = "quarantine.events"


DECLARED = JobTopics()

_MOVEMENT = "transaction.attempted.v1"  # every transaction type has the same schema
_COPIED = {
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    SECONDS_AHEAD: "seconds_ahead",
}
_BOUNDS = ("minimum", "maximum")
_SILENT = frozenset({"description", "type", "enum", "const", "format", "x-one-of"})
_JSON_KINDS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def job_configuration(
    settings: Settings,
    features: list[Json] | None = None,
    *,
    topics: JobTopics = DECLARED,
    rules_file: Path | None = None,
    model_file: Path | None = None,
) -> str:
    """The kernel's configuration as JSON with sorted keys; `features` stands in for the declared ones in tests.

    Other `topics` and files are for a job beside the one of production; the compiled rules within are the declared ones
    all the same, and hold only while `rules_file` does not exist.

    Raises ConfigurationError for a schema keyword or topic that the kernel does not know: it must never ignore one.
    """
    declared = [feature.as_kernel_json() for view in load_feature_views() for feature in view.features]
    document = {
        "contract": event_contract(topics),
        "features": declared if features is None else features,
        "features_version": features_version(),
        "rules": compile_active(),
        "rules_file": str(rules_file or settings.rules_file),
        "model_file": str(model_file or settings.models_directory / "fraud" / "champion.onnx"),
        "scores": topics.scores,
        "alerts": topics.alerts,
        "replies": topics.replies,
        "quarantine": topics.quarantine,
    }
    return json.dumps(document, sort_keys=True)


def event_contract(read: JobTopics = DECLARED) -> Json:
    """Envelope, movement fields, types and the topics that are read, as the kernel validates them."""
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
