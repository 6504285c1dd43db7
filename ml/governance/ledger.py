"""The history of a model's promotions in the platform's database, written by one hand at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from contracts.errors import ConfigurationError, TransientError
from contracts.models import ModelName
from contracts.settings import Settings
from ml.governance.promotion import Promotion

_COLUMNS = [field.name for field in fields(Promotion)]


@dataclass(frozen=True)
class Ledger:
    """One model's rows of `model_promotions`; each call is committed when it returns."""

    connection: psycopg.Connection
    model: ModelName

    def history(self) -> tuple[Promotion, ...]:
        """Every promotion and rollback, oldest first; instants are UTC."""
        with self.connection.cursor(row_factory=class_row(Promotion)) as cursor:
            found = cursor.execute(
                sql.SQL("select {} from model_promotions where model = %s order by sequence").format(
                    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
                ),
                [self.model],
            )
            return tuple(found)

    def add(self, promotion: Promotion) -> None:
        """Append a row; raises psycopg's UniqueViolation where its place is taken."""
        self.connection.execute(
            sql.SQL("insert into model_promotions ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
                sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
            ),
            asdict(promotion),
        )

    def took_effect(self, promotion: Promotion, at: datetime) -> None:
        """Fill in the moment from which file, alias and tags follow the row; later moments change nothing."""
        self.connection.execute(
            "update model_promotions set in_effect_at = %s where model = %s and sequence = %s and in_effect_at is null",
            [at, promotion.model, promotion.sequence],
        )


@contextmanager
def open_ledger(settings: Settings, model: ModelName) -> Iterator[Ledger]:
    """The ledger, held alone: a second hand waits, and a crash lets go of it.

    Raises ConfigurationError before the platform's tables exist, TransientError when PostgreSQL does not answer.
    """
    key = [f"atalaya.models.{model}"]
    with _connect(settings) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", key)
        try:
            yield Ledger(connection, model)
        finally:
            # A server notices a closed connection only some time later; whoever tries next must find the lock free. One that
            # went away has let go of it.
            with suppress(psycopg.OperationalError):
                connection.execute("select pg_advisory_unlock(hashtext(%s))", key)


def read_history(settings: Settings, model: ModelName) -> tuple[Promotion, ...]:
    """A model's history without holding it: nobody waits, and nothing is written. Raises as `open_ledger` does."""
    with _connect(settings) as connection:
        return Ledger(connection, model).history()


def _connect(settings: Settings) -> psycopg.Connection:
    try:
        connection = psycopg.connect(settings.database_url("platform"), autocommit=True)
    except psycopg.OperationalError as error:
        raise TransientError("PostgreSQL does not answer.", hint="Start the stack: './atalaya up'.") from error
    if connection.execute("select to_regclass('model_promotions')").fetchone() == (None,):
        connection.close()
        raise ConfigurationError(
            "The platform database has no history of promotions.",
            hint="Start the recorder or the API once: both apply serving/schema.",
        )
    connection.execute("set timezone to 'UTC'")
    return connection
