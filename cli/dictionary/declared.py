"""Pages of what contracts declare: the systems' tables, the events, the features."""

from __future__ import annotations

from typing import Any

from cli.dictionary.entries import DEFAULT_CLASS, Entry, Page, Relation, unit_of
from contracts.durations import duration_text
from contracts.events import EventSchema, load_envelope, load_event_schemas
from contracts.features import INTEGERS, Feature, FeatureView, Range, load_feature_views
from contracts.tables import Column, System, Table, load_systems
from contracts.topics import load_topics

Json = dict[str, Any]

PLATFORM = "platform"


def system_pages() -> tuple[Page, ...]:
    """One page for each operational system."""
    return tuple(
        Page(
            name=system.app,
            title=f"System {system.app}",
            description=system.description,
            relations=tuple(_table(system, table) for table in system.tables),
        )
        for system in load_systems()
    )


def events_page() -> Page:
    """The envelope and each event type's data."""
    envelope = Relation(
        name="envelope",
        description=f"{load_envelope()['title']} {load_envelope()['description']}",
        owner=PLATFORM,
        key=("id",),
        entries=schema_entries(load_envelope(), "envelope"),
    )
    carriers = {kind: topic.name for topic in load_topics() for kind in topic.types}
    types = [_event(schema, carriers.get(name, "")) for name, schema in sorted(load_event_schemas().items())]
    return Page("events", "Events", "CloudEvents 1.0 in JSON; `data` by type.", (envelope, *types))


def features_page() -> Page:
    """Every declared feature."""
    views = tuple(_view(view) for view in load_feature_views())
    return Page("features", "Features", "What the kernel computes for each decision, as models read it.", views)


def column_entry(column: Column, source: str) -> Entry:
    """What a contract says of an operational column."""
    values = f". One of {', '.join(column.values)}" if column.values else ""
    return Entry(
        name=column.name,
        type=column.type,
        description=f"{column.description}{values}",
        unit=unit_of(column.name, column.unit or ""),
        classification=column.classification,
        tag=column.tag or "",
        source=source,
    )


def schema_entries(schema: Json, name: str) -> tuple[Entry, ...]:
    """The fields of a JSON Schema; `x-classes` lists those that are not internal, `x-units` what no suffix tells."""
    units = schema.get("x-units", {})
    classes = {field: kind for kind, fields in schema.get("x-classes", {}).items() for field in fields}
    return tuple(
        Entry(
            name=field,
            type=_json_type(rule),
            description=_described(rule),
            unit=unit_of(field, units.get(field, "")),
            classification=classes.get(field, DEFAULT_CLASS),
            tag="",
            source=f"contracts/events/{name}.schema.json",
        )
        for field, rule in schema["properties"].items()
    )


def schema_name(schema: Json) -> str:
    """The file's name of an event schema, without its endings."""
    return str(schema["$id"]).removeprefix("atalaya:")


def _table(system: System, table: Table) -> Relation:
    source = f"contracts/tables/{system.app}.yml"
    return Relation(
        name=f"{table.schema_name}.{table.name}",
        description=table.description,
        owner=system.owner,
        key=table.key,
        entries=tuple(column_entry(column, source) for column in table.columns),
    )


def _event(event: EventSchema, topic: str) -> Relation:
    schema = event.schema
    return Relation(
        name=event.event_type,
        description=f"{schema['title']}; on {topic}" if topic else str(schema["title"]),
        owner=PLATFORM,
        key=(),
        entries=schema_entries(schema, schema_name(schema)),
    )


def _view(view: FeatureView) -> Relation:
    entries = tuple(
        Entry(
            name=feature.name,
            type="bigint" if feature.aggregate in INTEGERS else "double precision",
            description=feature.description,
            unit=feature.unit,
            classification=view.classification,
            tag="",
            source=f"contracts/features/{view.view}.yml: {_computed(feature)}",
        )
        for feature in view.features
    )
    lag = f", over buckets that ended {duration_text(view.lag)} before the movement" if view.lag else ""
    description = f"Features of each {view.entity}, version {view.version}{lag}"
    return Relation(view.view, description, PLATFORM, (view.key,), entries)


def _computed(feature: Feature) -> str:
    """How a feature is made, as its declaration says it."""
    parts = [feature.aggregate]
    if feature.of:
        parts.append(f"of {feature.of}")
    if feature.window and feature.resolution:
        parts.append(f"over {duration_text(feature.window)} by {duration_text(feature.resolution)}")
    if feature.delay:
        parts.append(f"that ended {duration_text(feature.delay)} before")
    if feature.transition:
        parts.append(f"where {feature.transition}")
    parts += [f"where {name} is {_condition(wanted)}" for name, wanted in feature.filter.items()]
    return " ".join(parts)


def _condition(wanted: tuple[str, ...] | Range) -> str:
    if not isinstance(wanted, Range):
        return " or ".join(wanted)
    bounds = {"at least": wanted.min, "at most": wanted.max, "a multiple of": wanted.multiple_of}
    return " and ".join(f"{said} {number}" for said, number in bounds.items() if number is not None)


def _json_type(rule: Json) -> str:
    if rule.get("format"):
        return str(rule["format"])
    kinds = rule.get("type", "string")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _described(rule: Json) -> str:
    description = str(rule.get("description", "")).rstrip(".")
    values = ", ".join(rule.get("enum", ()))
    return f"{description}. One of {values}" if description and values else description
