"""Dagster's event log in PostgreSQL, with what it asks the database about its own schema asked once.

For each asset event it looks whether its tables have the columns and indexes of later versions: three quarters of a run's
statements when a step makes a hundred assets. A migration of Dagster needs a new process anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy.engine import Connection


class EventLog(PostgresEventLogStorage):
    """Dagster's own log; only what it knows of its schema is kept."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._columns: dict[str, bool] = {}
        self._tables: set[str] = set()
        super().__init__(postgres_url=postgres_url, inst_data=inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> EventLog:
        """Made from `dagster.yaml`."""
        return cls(pg_url_from_config(config_value), inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether a table is there; one that is stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of asset keys has a column."""
        if column_name not in self._columns:
            self._columns[column_name] = super().has_asset_key_col(column_name)
        return self._columns[column_name]

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns:
            self._columns[column_name] = super()._has_asset_key_col_on_connection(conn, column_name)
        return self._columns[column_name]
