"""Pages of the warehouse, from dbt's files: columns with what they are made from, so that classes follow the data.

Read from the YAML and SQL and not from dbt's manifest: a dictionary needs no database, no secret and no run of dbt.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, cast

import jinja2
import yaml

from cli.dictionary.declared import PLATFORM
from cli.dictionary.entries import Entry, Page, Relation, strictest, unit_of
from contracts.errors import ConfigurationError
from contracts.settings import PROJECT

with warnings.catch_warnings():
    # sqlglot's own, about an accelerator that dagster-dbt installs.
    warnings.simplefilter("ignore")
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import Scope, build_scope

DBT_PROJECT = PROJECT / "dbt_project"
_LAYERS = {
    "staging": "Silver's columns as the marts read them, direct identifiers left out.",
    "intermediate": "Steps that several marts share.",
    "marts": "What pages and regulators read.",
}
# Models go by this schema in the statements, whatever schema dbt puts them in, so that all names have two parts.
_MODELS = "models."

Json = dict[str, Any]


def warehouse_pages(silver: Iterable[Relation], project: Path = DBT_PROJECT) -> tuple[Page, ...]:
    """The copies of silver, and one page for each layer of dbt."""
    return _Project(project, {relation.name.partition(".")[2]: relation for relation in silver}).pages()


class _Project:
    """One dbt project; silver's relations by the name of their copy."""

    def __init__(self, folder: Path, silver: Mapping[str, Relation]) -> None:
        self._folder = folder
        self._silver = silver
        self._read: dict[str, set[str]] = {}
        documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("_*.yml"))]
        self._statements: dict[str, str] = {}
        self._declared: dict[str, Json] = {one["name"]: one for document in documents for one in document["models"]}

    def pages(self) -> tuple[Page, ...]:
        """Copies first; every model after those that it reads."""
        known = {f"lake_silver.{name}": relation for name, relation in self._copies()}
        self._statements = {path.stem: self._statement(path) for path in self._files}
        for name in TopologicalSorter({_model(name): self._read[name] for name in self._statements}).static_order():
            if name not in known:
                known[name] = self._relation(name.removeprefix(_MODELS), known)
        copies = Page(
            "lake_silver", "Schema lake_silver", "Silver in PostgreSQL.", tuple(dict(self._copies()).values())
        )
        return (copies, *(self._page(layer, text, known) for layer, text in _LAYERS.items()))

    def _page(self, layer: str, description: str, known: Mapping[str, Relation]) -> Page:
        names = sorted(path.stem for path in self._files if path.relative_to(self._folder).parts[1] == layer)
        return Page(layer, f"Schema {layer}", description, tuple(known[_model(name)] for name in names))

    @cached_property
    def _files(self) -> list[Path]:
        return sorted((self._folder / "models").rglob("*.sql"))

    def _copies(self) -> Iterator[tuple[str, Relation]]:
        document = yaml.safe_load((self._folder / "models/staging/sources.yml").read_text(encoding="utf-8"))
        for table in document["sources"][0]["tables"]:
            name = table["name"]
            copied = self._silver.get(name)
            entries = (
                [_copy(entry, f"{copied.name}: {entry.name}") for entry in copied.entries]
                if copied
                else [_source_entry(column) for column in table.get("columns", ())]
            )
            key = copied.key if copied else ()
            yield name, Relation(f"lake_silver.{name}", table["description"], PLATFORM, key, tuple(entries))

    def _statement(self, path: Path) -> str:
        """The model's SQL with its macros written out."""
        read = self._read.setdefault(path.stem, set())

        def ref(name: str) -> str:
            read.add(_model(name))
            return _model(name)

        def source(schema: str, name: str) -> str:
            read.add(f"{schema}.{name}")
            return f"{schema}.{name}"

        def var(_name: str, default: object = None) -> object:
            return default

        macros = "".join(one.read_text(encoding="utf-8") for one in sorted((self._folder / "macros").glob("*.sql")))
        template = jinja2.Environment(autoescape=False).from_string(macros + path.read_text(encoding="utf-8"))  # noqa: S701 - SQL
        return template.render(ref=ref, source=source, var=var).strip()

    def _relation(self, name: str, known: Mapping[str, Relation]) -> Relation:
        sql = self._statements[name]
        declared = self._declared.get(name, {})
        columns = {column["name"]: column for column in declared.get("columns", ())}
        shapes = {one: {entry.name: entry.type for entry in known[one].entries} for one in self._read[name]}
        query = _query(name, sql)
        scope = _scope(query, shapes)
        entries = tuple(
            _model_entry(
                selected, columns.get(selected.output_name, {}), _made_from(selected.output_name, scope), known
            )
            for selected in query.selects
        )
        absent = columns.keys() - {entry.name for entry in entries}
        if absent:
            raise ConfigurationError(
                f"Model {name} declares columns that it does not have: {', '.join(sorted(absent))}."
            )
        return Relation(name, declared.get("description", ""), PLATFORM, (), entries)


def _model(name: str) -> str:
    return f"{_MODELS}{name}"


def _query(name: str, sql: str) -> exp.Query:
    """A model's statement; raises ConfigurationError for a model that is no query."""
    query = parse_one(sql, dialect="postgres")
    if not isinstance(query, exp.Query):
        raise ConfigurationError(f"Model {name} is no query.")
    return query


def _scope(query: exp.Query, shapes: Mapping[str, Mapping[str, str]]) -> Scope:
    """The query with each column's relation told, once for all of its columns."""
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for name, shape in shapes.items():
        parent, _, leaf = name.partition(".")
        if shape:
            schema.setdefault(parent, {})[leaf] = dict(shape)
    told = qualify(query.copy(), dialect="postgres", schema=schema, validate_qualify_columns=False, identify=False)
    return cast("Scope", build_scope(told))  # None only for what is no query


def _made_from(column: str, scope: Scope) -> list[tuple[str, str]]:
    """The relation and name of each column that a model's column is computed from, sorted."""
    found = lineage(column, scope.expression, dialect="postgres", scope=scope, trim_selects=False, copy=False)
    leaves = {
        (".".join(part.name for part in node.expression.parts), node.name.rpartition(".")[2].strip('"'))
        for node in found.walk()
        if isinstance(node.expression, exp.Table)
    }
    return sorted(leaves)


def _model_entry(
    selected: exp.Expression, declared: Json, made_from: list[tuple[str, str]], known: Mapping[str, Relation]
) -> Entry:
    """What is declared wins; a column passed on keeps its description and unit, and every class follows the data."""
    name = selected.output_name
    entries = [entry for relation, column in made_from if (entry := known[relation].column(column))]
    alone = entries[0] if len(entries) == 1 else None
    plain = selected.this if isinstance(selected, exp.Alias) else selected
    passed_on = alone if alone and (alone.name == name or isinstance(plain, exp.Column)) else None
    meta = declared.get("config", {}).get("meta", {})
    return Entry(
        name=name,
        type=declared.get("data_type") or (passed_on.type if passed_on else ""),
        description=_description(name, declared.get("description", ""), passed_on),
        unit=unit_of(name, meta.get("unit") or (passed_on.unit if passed_on else "")),
        classification=meta.get("class") or strictest(entry.classification for entry in entries),
        tag=", ".join(sorted({entry.tag for entry in entries if entry.tag})),
        source=", ".join(f"{known[relation].name}: {column}" for relation, column in made_from) or "its own rows",
    )


def _description(name: str, declared: str, passed_on: Entry | None) -> str:
    """One that only says the name again gives way to what the column's origin tells."""
    plain = name.replace("_", " ")
    is_echo = declared.lower() in {"", plain, plain.removesuffix(" id")}
    return passed_on.description if passed_on and is_echo else declared


def _source_entry(column: Json) -> Entry:
    meta = column.get("config", {}).get("meta", {})
    return Entry(
        name=column["name"],
        type=column.get("data_type", ""),
        description=column.get("description", ""),
        unit=unit_of(column["name"], meta.get("unit", "")),
        classification=meta.get("class", ""),
        tag="",
        source=meta.get("source", ""),
    )


def _copy(entry: Entry, source: str) -> Entry:
    return replace(entry, source=source)
