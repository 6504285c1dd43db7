"""Canonical tables: what every system's parties, accounts and loans are called, and where each keeps them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.errors import ConfigurationError
from contracts.tables import Classification, Column, Table, find_table

DIRECTORY = Path(__file__).parent
# Filled from the source: no system declares its own name.
APP = "app"

_CLASSES: tuple[str, ...] = get_args(Classification)
_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Mapped(BaseModel):
    """Where a canonical column comes from: a column, translated where `values` says so, its local day, or a constant.

    A column may be mapped less another one of the row.
    The local day is that of `jurisdiction`, or of the one that each row names in `jurisdiction_column`.
    """

    model_config = _STRICT

    column: str | None = None
    less: str | None = None
    values: dict[str, str] = {}
    day_of: str | None = None
    jurisdiction: str | None = None
    jurisdiction_column: str | None = None
    constant: str | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The source's columns whose values it shows."""
        return tuple(name for name in (self.column, self.less, self.day_of) if name is not None)

    @model_validator(mode="after")
    def _is_one_value(self) -> Mapped:
        if self.less is not None and (self.column is None or self.values):
            raise ValueError("only a column that is not translated can be mapped less another one")
        return self


class CanonicalSource(BaseModel):
    """One operational table that has such rows; a canonical column that it does not map is null there."""

    model_config = _STRICT

    app: str
    table: str
    columns: dict[str, Mapped]

    @property
    def declared(self) -> Table:
        """The table; raises KeyError for one that no file declares."""
        return find_table(self.app, self.table)


class Canonical(BaseModel):
    """One canonical table: mapped from `sources`, or without them derived from the canonical tables in `inputs`."""

    model_config = _STRICT

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sources: tuple[CanonicalSource, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def silver(self) -> str:
        """Its full name: `silver.<name>`."""
        return f"silver.{self.name}"


@cache
def load_canonical() -> tuple[Canonical, ...]:
    """Every canonical table that is made from tables, those derived from others last."""
    found = [_load(path) for path in sorted(DIRECTORY.glob("*.yml"))]
    return tuple(sorted(found, key=lambda one: bool(one.inputs)))


def find_canonical(name: str) -> Canonical:
    """One table by its short name; raises KeyError for another."""
    return {table.name: table for table in load_canonical()}[name]


def verify_source(table: Canonical, source: CanonicalSource) -> None:
    """Raise ConfigurationError where a source maps what is not there, leaves out what must be, or discloses."""
    where = f"{source.app}.{source.table} in canonical table {table.name!r}"
    wanted = {column.name: column for column in table.columns if column.name != APP}
    if unknown := source.columns.keys() - wanted.keys():
        raise ConfigurationError(f"{where} maps unknown columns: {', '.join(sorted(unknown))}.")
    missing = [name for name, column in wanted.items() if not column.optional and name not in source.columns]
    if missing:
        raise ConfigurationError(f"{where} does not map {', '.join(missing)}.")
    known = {column.name: column for column in source.declared.columns}
    for name, mapped in source.columns.items():
        for read in (*mapped.reads, *filter(None, (mapped.jurisdiction_column,))):
            if read not in known:
                raise ConfigurationError(f"{where} maps {name!r} from {read!r}, which is no column of the table.")
        for read in mapped.reads:
            _verify_class(f"{where}: {name!r}", known[read], wanted[name])


def _verify_class(where: str, kept: Column, shown: Column) -> None:
    """A value keeps its class and its tag wherever it goes: a direct identifier is a token here as it is there."""
    if _CLASSES.index(shown.classification) < _CLASSES.index(kept.classification):
        raise ConfigurationError(f"{where} is {shown.classification}, and {kept.name!r} is {kept.classification}.")
    if kept.tag is not None and shown.tag != kept.tag:
        raise ConfigurationError(f"{where} has tag {shown.tag}, and {kept.name!r} has {kept.tag}.")


def _load(path: Path) -> Canonical:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["columns"] = [{"name": name, **spec} for name, spec in document["columns"].items()]
    table = Canonical.model_validate({"name": path.stem, **document})
    for source in table.sources:
        verify_source(table, source)
    return table
