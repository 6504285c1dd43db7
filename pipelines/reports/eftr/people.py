"""The names that the regulator must be told, read from the operational database when a report is filed, and not before.

The lakehouse and the marts hold tokens in their place. Whoever reads them here leaves a row in the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import psycopg

from contracts.settings import Settings

PURPOSE = "regulator report"
USERS = "select user_id, full_name, birth_date, country from diasporacore.users where user_id = any(%s)"
BENEFICIARIES = """
select distinct on (beneficiary_id) beneficiary_id, beneficiary_name
from diasporacore.remittance_orders where remittance_order_id = any(%s)
order by beneficiary_id, created_at desc
"""


@dataclass(frozen=True)
class Person:
    """What the operational database knows of a party; a party without a row here has no name to report."""

    full_name: str
    birth_date: date | None = None
    country: str | None = None


def read_people(settings: Settings, party_ids: Iterable[str], order_ids: Iterable[str]) -> dict[str, Person]:
    """Members by id, and beneficiaries as their latest order names them; parties that nobody knows are absent."""
    with psycopg.connect(settings.database_url("operations")) as connection:
        beneficiaries = {
            party: Person(name) for party, name in connection.execute(BENEFICIARIES, [sorted(set(order_ids))])
        }
        members = {
            party: Person(name, born, country)
            for party, name, born, country in connection.execute(USERS, [sorted(set(party_ids))])
        }
    return beneficiaries | members
