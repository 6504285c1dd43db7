"""Which of dbt's models and tests a run leaves out: what stands already and would come out the same.

dbt pays a fifth of a second for each model and test, whether anything changed or not (docs/decisions/0020).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from contracts.settings import Settings
from pipelines.warehouse.declared import DECLARED
from pipelines.warehouse.load import SCHEMA, STAGE, shown_snapshots

_SOURCE = f"source.atalaya.{SCHEMA}."


@dataclass(frozen=True)
class Project:
    """dbt's graph by unique id: models with their places in the warehouse, tests with what they read."""

    models: Mapping[str, tuple[str, str]]
    views: frozenset[str]
    tests: Mapping[str, frozenset[str]]
    children: Mapping[str, tuple[str, ...]]
    checksum: str

    def below(self, tables: Collection[str]) -> frozenset[str]:
        """The models that read a table of `lake_silver`, directly or not."""
        found: set[str] = set()
        waiting = [f"{_SOURCE}{name}" for name in tables]
        while waiting:
            for child in self.children.get(waiting.pop(), ()):
                if child in self.models and child not in found:
                    found.add(child)
                    waiting.append(child)
        return frozenset(found)


@dataclass(frozen=True)
class Marks:
    """What models are made from: the project, and of each table of `lake_silver` the version."""

    project: str
    tables: Mapping[str, str]

    def changed_since(self, built: Marks) -> frozenset[str]:
        """The tables whose rows are others than then."""
        return frozenset(name for name, mark in self.tables.items() if built.tables.get(name) != mark)


def read_project(manifest: Path) -> Project:
    """The graph that dbt's parser wrote."""
    document: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    nodes = document["nodes"]
    models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    parts = sorted(f"{key}={node['checksum']['checksum']}" for key, node in nodes.items())
    return Project(
        models={key: (node["schema"], node["name"]) for key, node in models.items()},
        views=frozenset(key for key, node in models.items() if node["config"]["materialized"] == "view"),
        tests={
            key: frozenset(node["depends_on"]["nodes"])
            for key, node in nodes.items()
            if node["resource_type"] == "test"
        },
        children={key: tuple(names) for key, names in document["child_map"].items()},
        checksum=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
    )


def left_out(
    project: Project, standing: Collection[tuple[str, str]], now: Marks, built: Marks | None, held: Collection[str]
) -> tuple[str, ...]:
    """The names of the models and tests that this run need not, or must not, build.

    `standing` are the warehouse's relations by schema and name, `built` the marks of the last whole build. What stands
    on a table in `held` is left as it is.
    """
    frozen = project.below(held)
    everything = frozenset(project.models)
    stale = everything if built is None or built.project != now.project else project.below(now.changed_since(built))
    missing = frozenset(key for key, place in project.models.items() if place not in standing)
    skipped = (
        (everything - stale - missing) | (project.views - missing if stale != everything else frozenset()) | frozen
    )
    read = (stale | missing) - frozen
    tests = {
        key for key, parents in project.tests.items() if parents & frozen or not parents & (read | _sources(now, built))
    }
    return tuple(sorted([project.models[key][1] for key in skipped] + [_test_name(key) for key in tests]))


def _sources(now: Marks, built: Marks | None) -> frozenset[str]:
    changed = now.tables.keys() if built is None else now.changed_since(built)
    return frozenset(f"{_SOURCE}{name}" for name in changed)


def _test_name(key: str) -> str:
    # test.<project>.<name> for a file, test.<project>.<name>.<digest> for a declared one
    return key.split(".")[2]


def marks(settings: Settings, project: Project, today: date) -> Marks:
    """What the models would be made from now. A day counts as a change: models may look at the calendar."""
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        tables = {name: str(snapshot) for name, snapshot in shown_snapshots(connection).items()}
    declared = {one.name: hashlib.sha256(repr(one.rows()).encode()).hexdigest()[:16] for one in DECLARED}
    return Marks(f"{project.checksum} {today.isoformat()}", tables | declared)


def last_build(settings: Settings) -> tuple[Marks | None, frozenset[tuple[str, str]]]:
    """The marks of the last whole build, if any, and the relations that stand, by schema and name."""
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        row = connection.execute(
            "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [STAGE]
        ).fetchone()
        standing = connection.execute(
            "select nspname, relname from pg_class join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'v')"
        ).fetchall()
    built = Marks(**json.loads(str(row[0]))) if row and row[0] else None
    return built, frozenset((str(schema), str(name)) for schema, name in standing)


def record_build(settings: Settings, built: Marks) -> None:
    """Remember what the models now show."""
    text = json.dumps({"project": built.project, "tables": dict(built.tables)})
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        connection.execute(sql.SQL("comment on schema {} is {}").format(sql.Identifier(STAGE), sql.Literal(text)))
