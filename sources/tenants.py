"""`python -m sources.tenants add <id> <name>`: a credit union joins while everything runs."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import UTC, datetime

import psycopg

from contracts.errors import AtalayaError, InvalidInputError, TransientError
from contracts.settings import Settings, load_settings

COUNTRY = "CA"

log = logging.getLogger("sources.tenants")


def add_tenant(settings: Settings, tenant_id: str, name: str, joined_at: datetime) -> str:
    """Give a tenant its schema, its role of the same name and a partition of each table; the schema's name.

    Landing sees its rows without any change. The role cannot log in: its application's login is made a member of it.
    Raises InvalidInputError for an identifier that is unfit or taken, TransientError when the tables are busy for too long.
    """
    try:
        with psycopg.connect(settings.database_url("operations")) as connection:
            connection.execute(
                "insert into diasporacore.tenants (tenant_id, name, country, created_at) values (%s, %s, %s, %s)",
                [tenant_id, name, COUNTRY, joined_at],
            )
            (schema,) = connection.execute("select tenancy.schema_of(%s)", [tenant_id]).fetchone() or ("",)
    except psycopg.errors.UniqueViolation as error:
        raise InvalidInputError(f"there is a tenant {tenant_id!r} already", field="tenant_id") from error
    except psycopg.errors.CheckViolation as error:
        hint = "Lower-case letters, digits and hyphens, a letter first, at most 40."
        raise InvalidInputError(f"{tenant_id!r} names no schema", field="tenant_id", hint=hint) from error
    except psycopg.errors.LockNotAvailable as error:
        raise TransientError(
            f"{error.diag.message_primary}", hint="Something else changes the tables; add it again."
        ) from error
    return str(schema)


def main(arguments: list[str] | None = None) -> int:
    """The command: 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="sources.tenants", description=__doc__)
    add = parser.add_subparsers(dest="command", required=True).add_parser("add")
    add.add_argument("id")
    add.add_argument("name")
    options = parser.parse_args(arguments)
    try:
        schema = add_tenant(load_settings(), options.id, options.name, datetime.now(UTC))
    except AtalayaError as error:
        log.error("%s", error)  # noqa: TRY400 - the message is for people
        return 1
    log.info("%s is a tenant; its application works in schema %s, as the role of that name", options.id, schema)
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main())
