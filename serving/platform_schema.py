"""The tables of the `platform` database: SQL files in name order, applied by whoever starts first, each time the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import Connection

FILES = Path(__file__).parent / "schema"

_LOCK = 4_207_001  # an arbitrary number that only this module locks by


def apply(connection: Connection[Any]) -> None:
    """Bring the connected database to the declared schema; concurrent callers wait for each other."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        for file in sorted(FILES.glob("*.sql")):
            connection.execute(file.read_bytes())
