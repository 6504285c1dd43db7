"""Marts that the API answers from, copied whole into the platform's database: the API reads no warehouse."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from contracts.errors import ConfigurationError
from contracts.settings import Settings

# The assets' group: what is copied to readers that cannot reach its own place.
GROUP = "published"
_MARTS = "marts"
# A copy without rows is one too, which its table alone does not tell.
_MADE = """
    insert into published_copies (copied_to, published_at) values (%s, now())
    on conflict (copied_to) do update set published_at = excluded.published_at
"""


@dataclass(frozen=True)
class Published:
    """A mart, and the table of serving/schema that shows these columns of it."""

    mart: str
    table: str
    columns: tuple[str, ...]


PUBLISHED = (
    Published(
        "rpt_provider_health",
        "provider_health",
        ("provider_id", "asked", "answered", "latency_p95_ms", "breaker", "checked_at"),
    ),
    Published(
        "rpt_provider_terms",
        "provider_terms",
        (
            "provider_id",
            "score_from",
            "score_to",
            "provider_name",
            "jurisdiction",
            "answered",
            "offered",
            "rate_pct",
            "quoted_at",
        ),
    ),
)


def publish_mart(settings: Settings, published: Published) -> int:
    """Replace the table's rows by the mart's in one transaction; how many there are. Readers never see a part of them.

    That it was done is told in `published_copies`, at the platform database's time.

    Raises ConfigurationError before the platform's tables exist.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, published.columns))
    with psycopg.connect(settings.database_url("warehouse")) as warehouse:
        mart = sql.Identifier(_MARTS, published.mart)
        rows = warehouse.execute(sql.SQL("select {} from {}").format(names, mart)).fetchall()
    table = sql.Identifier(published.table)
    with psycopg.connect(settings.database_url("platform")) as platform, platform.cursor() as cursor:
        for needed in (published.table, "published_copies"):
            _require(cursor, needed)
        # A second run waits: each would insert what the other has not seen to delete.
        cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(table))
        cursor.execute(sql.SQL("delete from {}").format(table))
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(table, names)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_MADE, [published.table])
    return len(rows)


def _require(cursor: psycopg.Cursor, table: str) -> None:
    if cursor.execute("select to_regclass(%s)", [table]).fetchone() == (None,):
        raise ConfigurationError(
            f"The platform database has no table {table}.",
            hint="Start the recorder or the API once: both apply serving/schema.",
        )
