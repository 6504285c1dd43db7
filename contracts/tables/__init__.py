"""Declared operational tables: the only source of their DDL, landing, silver types, checks and data dictionary."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DIRECTORY = Path(__file__).parent

# The column that says whose row it is, in tables of scope `tenant`.
TENANT = "tenant_id"

Classification = Literal["public", "internal", "confidential", "restricted"]


class Column(BaseModel):
    """One column as PostgreSQL has it; `optional` says it may be null, `check` is a SQL condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: str
    description: str
    optional: bool = False
    default: str | None = None
    references: str | None = None
    check: str | None = None
    classification: Classification = Field(default="internal", alias="class")
    tag: Literal["direct_identifier", "secret", "audit"] | None = None
    values: tuple[str, ...] = ()
    unit: str | None = None


class Table(BaseModel):
    """One table of one system; of scope `tenant`, its rows stand in a schema of each tenant, and its key begins with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app: str
    schema_name: str
    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[str, ...] = ()
    scope: Literal["system", "tenant"] = "system"

    @model_validator(mode="after")
    def _belongs_to_a_tenant(self) -> Table:
        if self.scope == "tenant" and self.key[:1] != (TENANT,):
            raise ValueError(f"{self.app}.{self.name} is of scope tenant, and its key does not begin with {TENANT}")
        return self

    @property
    def bronze(self) -> str:
        """Its append-only raw table: `bronze.<app>__<table>`."""
        return f"bronze.{self.app}__{self.name}"

    @property
    def silver(self) -> str:
        """Its current state: `silver.<app>__<table>`."""
        return f"silver.{self.app}__{self.name}"

    @property
    def silver_history(self) -> str:
        """Its versions with their intervals: `silver_history.<app>__<table>`."""
        return f"silver_history.{self.app}__{self.name}"

    @property
    def topic(self) -> str:
        """The topic of its row changes."""
        return f"cdc.{self.app}.{self.name}"


class System(BaseModel):
    """One operational system: a schema of the `operations` database."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app: str
    schema_name: str
    jurisdictions: tuple[str, ...]
    owner: str
    description: str
    tables: tuple[Table, ...]


@cache
def load_systems() -> tuple[System, ...]:
    """Every declared system, in the order of file names."""
    return tuple(_load(path) for path in sorted(DIRECTORY.glob("*.yml")))


def load_tables() -> tuple[Table, ...]:
    """Every declared table, in declaration order, which is also an order that foreign keys allow."""
    return tuple(table for system in load_systems() for table in system.tables)


def find_table(app: str, name: str) -> Table:
    """One table; raises KeyError for one that no file declares."""
    return {(table.app, table.name): table for table in load_tables()}[app, name]


def _load(path: Path) -> System:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    where = {"app": document["app"], "schema_name": document["schema"]}
    tables = [
        {
            **where,
            **spec,
            "name": name,
            "columns": [{"name": column, **rest} for column, rest in spec["columns"].items()],
        }
        for name, spec in document["tables"].items()
    ]
    plain = {key: value for key, value in document.items() if key not in {"schema", "tables"}}
    return System.model_validate({**plain, **where, "tables": tables})
