"""Pages of the lakehouse's layers, from the same declarations that its tables are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cli.dictionary.declared import PLATFORM, column_entry, schema_entries, schema_name
from cli.dictionary.entries import DEFAULT_CLASS, Entry, Page, Relation, strictest, unit_of
from contracts.canonical import Canonical, find_canonical, load_canonical
from contracts.events import event_schema
from contracts.features import load_feature_views
from contracts.models import MODELS, CreditModel
from contracts.tables import load_systems, load_tables
from pipelines.features import activity
from pipelines.lakehouse.canonical import canonical_columns
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.quarantine import COLUMNS as QUARANTINE_COLUMNS
from pipelines.lakehouse.quarantine import QUARANTINE
from pipelines.lakehouse.specification import Silver, load_silver
from pipelines.models import allowances, findings, scores
from pipelines.models.applied import applied_tables

# As the sink's transforms put it together (pipelines/landing/configurations.py).
_BRONZE = (
    SilverColumn("value", "text", "The row change or event as it came"),
    SilverColumn("topic", "text", "Kafka topic"),
    SilverColumn("partition", "integer", "Its partition"),
    SilverColumn("offset", "integer", "Its offset: with topic and partition the record's key"),
    SilverColumn("arrived_at", "timestamp", "When Kafka received it"),
)
# What holds documents as they came is as sensitive as the most sensitive thing in any of them.
_RAW = {"value": "restricted", "raw": "restricted", "key": "confidential"}
_PLACE_KEY = ("topic", "partition", "offset")


def lakehouse_pages() -> tuple[Page, ...]:
    """Bronze, silver, the features' table, the monitoring of models and the quarantine."""
    return (_bronze_page(), silver_page(), _activity_page(), _governance_page(), _quarantine_page())


def silver_page() -> Page:
    """Current state of each declared table, and the canonical tables."""
    owners = {system.app: system.owner for system in load_systems()}
    relations = tuple(_silver(table, owners.get(table.owner, table.owner)) for table in load_silver())
    relations += tuple(map(_canonical, load_canonical()))
    return Page("silver", "Layer silver", "Typed current state; direct identifiers are tokens.", relations)


def _canonical(table: Canonical) -> Relation:
    declared = {column.name: column_entry(column, table.silver) for column in table.columns}
    entries = tuple(_canonical_entry(table, column, declared[column.name]) for column in canonical_columns(table))
    return Relation(table.silver, table.description, PLATFORM, table.key, entries)


def _canonical_entry(table: Canonical, column: SilverColumn, declared: Entry) -> Entry:
    read = [
        f"{source.declared.silver}: {name}"
        for source in table.sources
        if (mapped := source.columns.get(column.name))
        for name in mapped.reads
    ]
    made_from = ", ".join(read) or ", ".join(find_canonical(name).silver for name in table.inputs)
    return replace(
        declared,
        type=column.sql_type,
        tag=f"{declared.tag}, token" if column.tokenised else declared.tag,
        source=made_from or "contracts/canonical",
    )


def _silver(table: Silver, owner: str) -> Relation:
    known = _declared_columns(table)
    entries = tuple(_silver_entry(column, known, table.bronze) for column in table.stored)
    return Relation(table.name, table.description, owner, table.key, entries)


def _declared_columns(table: Silver) -> Mapping[str, Entry]:
    """What contracts say of the columns that silver takes over, by name."""
    if table.is_change:
        declared = next(one for one in load_tables() if one.silver == table.name)
        return {column.name: column_entry(column, table.bronze) for column in declared.columns}
    schema = event_schema(table.event_types[0]).schema
    return {entry.name: entry for entry in schema_entries(schema, schema_name(schema))}


def _silver_entry(column: SilverColumn, known: Mapping[str, Entry], bronze: str) -> Entry:
    declared = known.get(column.name)
    if declared is None:
        return _plain_entry(column, f"{bronze}, as landed")
    return Entry(
        name=column.name,
        type=column.sql_type,
        description=declared.description,
        unit=declared.unit,
        classification=declared.classification,
        tag=f"{declared.tag}, token" if column.tokenised else declared.tag,
        source=f"{bronze}: {'.'.join(column.path)}",
    )


def _bronze_page() -> Page:
    tables = [(table.bronze, f"Raw row changes of {table.schema_name}.{table.name}") for table in load_tables()]
    relations = tuple(
        Relation(name, description, PLATFORM, _PLACE_KEY, tuple(_plain_entry(one, "Kafka Connect") for one in _BRONZE))
        for name, description in (*tables, ("bronze.events", "Every event as it came"))
    )
    return Page("bronze", "Layer bronze", "Append-only, nothing converted; personal data as it came.", relations)


def _activity_page() -> Page:
    features = {feature.name: (feature, view) for view in load_feature_views() for feature in view.features}
    decisions = event_schema("transaction.scored.v1").schema
    context = {entry.name: entry for entry in schema_entries(decisions, schema_name(decisions))}
    entries = []
    for column in activity.activity_columns():
        feature, view = features.get(column.name, (None, None))
        kinds = [view.classification] if view else [context[column.name].classification]
        entries.append(
            Entry(
                name=column.name,
                type=column.sql_type,
                description=feature.description if feature else column.description,
                unit=feature.unit if feature else unit_of(column.name),
                classification=strictest(kinds),
                tag="",
                source=f"{activity.SOURCE}: {'features' if feature else column.name}",
            )
        )
    relation = Relation(
        activity.TABLE, "One row for each decision, its features as columns", PLATFORM, activity.KEY, tuple(entries)
    )
    return Page("feature-tables", "Layer features", "What the models learn from.", (relation,))


def _governance_page() -> Page:
    relations = tuple(
        Relation(
            findings.table_of(model),
            f"What was found of the {model} model in each window",
            PLATFORM,
            findings.KEY,
            tuple(_finding_entry(column) for column in findings.COLUMNS),
        )
        for model in MODELS
    )
    allowance = Relation(
        allowances.table_of("micro_loan"),
        "What each open micro-loan is expected to lose, for each reporting day",
        PLATFORM,
        allowances.KEY,
        tuple(_allowance_entry(column) for column in allowances.COLUMNS),
    )
    about = (
        "What monitoring found of served models, what they say of who waits, and the losses that they lead to expect."
    )
    return Page("governance", "Layer governance", about, (*relations, *map(_scores, scores.SCORED_MODELS), allowance))


def _scores(model: CreditModel) -> Relation:
    source = ", ".join((*applied_tables(model), f"contracts/models/{model.model}.yml"))
    about = f"What {model.model} says of each application that waits"
    entries = tuple(_score_entry(column, source) for column in scores.COLUMNS)
    return Relation(scores.table_of(model.model), about, PLATFORM, scores.KEY, entries)


def _score_entry(column: SilverColumn, source: str) -> Entry:
    """All of it is about one applicant, as what they told."""
    unit = "ratio" if column.kind == "number" else unit_of(column.name)
    return replace(_plain_entry(column, source), unit=unit, classification="confidential")


def _allowance_entry(column: SilverColumn) -> Entry:
    """A probability comes from what an applicant told, and is as sensitive."""
    entry = _plain_entry(column, "silver.diasporacore__loans, silver.diasporacore__loan_repayments, contracts/lending")
    unit = {"number": "ratio", "decimal": "currency"}.get(column.kind, entry.unit)
    told = column.name.startswith("probability_")
    return replace(entry, unit=unit, classification="confidential" if told else entry.classification)


def _finding_entry(column: SilverColumn) -> Entry:
    entry = _plain_entry(column, "contracts/models/monitoring.yml")
    return replace(entry, unit="the subject's own") if column.kind == "number" else entry


def _quarantine_page() -> Page:
    entries = tuple(_plain_entry(column, "silver's refresh") for column in QUARANTINE_COLUMNS)
    relation = Relation(QUARANTINE, "Versions that do not fit their declared types", PLATFORM, _PLACE_KEY, entries)
    return Page("quarantine", "Layer quarantine", "What silver refused, kept whole with the reason.", (relation,))


def _plain_entry(column: SilverColumn, source: str) -> Entry:
    return Entry(
        name=column.name,
        type=column.sql_type,
        description=column.description,
        unit=unit_of(column.name),
        classification=_RAW.get(column.name, DEFAULT_CLASS),
        tag="",
        source=source,
    )
