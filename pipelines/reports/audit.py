"""Leaves a trace of every reading of names for a report."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from contracts.settings import Settings


def record_access(settings: Settings, purpose: str, parties: Mapping[str, int]) -> None:
    """Commit one row for each report (`parties`: how many people by report id), before the names are read.

    A run that fails afterwards has read them all the same, so this does not wait for its transaction.
    """
    with psycopg.connect(settings.database_url("platform")) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into report_access (report_id, purpose, parties) values (%s, %s, %s)",
            [(report, purpose, count) for report, count in parties.items()],
        )
