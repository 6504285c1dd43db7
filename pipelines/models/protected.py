"""Protected attributes of applicants, in SQL: a birth date becomes a band of ages before it leaves the query.

A birth date is restricted and no direct identifier, so that silver has it as it is; models, runs and logs see the band only.
"""

from __future__ import annotations

from itertools import pairwise

from contracts.models.credit import CreditModel, ProtectedAttribute
from contracts.tables import find_table


def protected_columns(model: CreditModel) -> str:
    """The attributes by name, null where nobody knows them; `loan` and `applicant` are the rows that they are read from."""
    attributes = model.applicant.attributes.items()
    return ", ".join(f"{_value(attribute)} as {name}" for name, attribute in attributes)


def applicant_join(model: CreditModel) -> str:
    """The join from a loan to the person that it names; a person who is gone leaves the loan without attributes."""
    table = find_table(model.app, model.applicant.table)
    return f"left join {table.silver} applicant on " + " and ".join(
        f"applicant.{key} = loan.{key}" for key in table.key
    )


def _value(attribute: ProtectedAttribute) -> str:
    column = f"applicant.{attribute.column}"
    if not attribute.ages_from:
        return column
    age = f"datesub('year', {column}, cast(loan.disbursed_at as date))"
    bands = [f"when {age} < {first} then 'under {first}'" for first in attribute.ages_from[:1]]
    bands += [f"when {age} < {after} then '{start} to {after - 1}'" for start, after in pairwise(attribute.ages_from)]
    last = attribute.ages_from[-1]
    return f"case {' '.join(bands)} when {age} >= {last} then '{last} and over' end"
