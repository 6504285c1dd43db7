"""Rows of `lake_silver` as the loader would have copied them, and dbt over them: for tests of what marts compute."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from contracts.settings import Settings
from pipelines.warehouse.copied import copied_tables
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.load import SCHEMA, postgres_type, prepare

Json = dict[str, Any]


def put_rows(settings: Settings, rows: Mapping[str, Sequence[Json]]) -> None:
    """Each table anew, with these rows; a column that a row leaves out is null."""
    tables = {table.name.removeprefix("silver."): table for table in copied_tables()}
    with psycopg.connect(settings.database_url("warehouse")) as connection, connection.cursor() as cursor:
        prepare(connection)
        for name, given in rows.items():
            table = sql.Identifier(SCHEMA, name)
            columns = [
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(postgres_type(column)))
                for column in tables[name].stored
            ]
            cursor.execute(sql.SQL("drop table if exists {} cascade").format(table))
            cursor.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
            for row in given:
                names = sql.SQL(", ").join(map(sql.Identifier, row))
                places = sql.SQL(", ").join(map(sql.Placeholder, row))
                cursor.execute(sql.SQL("insert into {} ({}) values ({})").format(table, names, places), row)


def build_marts(settings: Settings, *models: str, **variables: str) -> None:
    """`dbt build` of these models, their parents and their tests."""
    set_environment(settings)
    selected = [f"+{model}" for model in models]
    command = [str(executable()), "--no-use-colors", "--quiet", "build", "--project-dir", str(DBT_PROJECT)]
    command += ["--vars", json.dumps(variables), "--select", *selected]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """What a query of the warehouse gives."""
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        return connection.execute(query.encode()).fetchall()
