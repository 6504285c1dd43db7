"""Protected attributes of applicants, in SQL: a birth date becomes a band of ages before it leaves the query.

A birth date is restricted and no direct identifier, so that silver has it as it is; models, runs and logs see the band only.
"""

from __future__ import annotations

from itertools import pairwise

from contracts.models.applicant import ProtectedAttribute
from contracts.models.credit import CreditModel
from contracts.tables import find_table


def protected_columns(model: CreditModel) -> str:
    """The attributes by name, null where nobody knows them; `loan` and `applicant` are the rows that they are read from."""
    attributes = model.applicant.attributes.items()
    return ", ".join(f"{_value(attribute)} as {name}" for name, attribute in attributes)


def applicant_join(model: CreditModel) -> str:
    """The join from a loan to the person behind it; a person who is gone leaves the loan without attributes."""
    return f"left join {_people(model)} applicant on " + " and ".join(
        f"applicant.{name} = loan.{name}" for name in model.borrower_key
    )


def _people(model: CreditModel) -> str:
    """The applicants' table, with one row for each borrower: where several people own a business, the declared first."""
    applicant, table = model.applicant, find_table(model.app, model.applicant.table)
    if not applicant.by:
        return table.silver
    by = ", ".join(applicant.by)
    kept = " and ".join(["true", *(f"{name} = '{value}'" for name, value in applicant.where.items())])
    order = ", ".join((*applicant.by, applicant.first, *table.key))
    return f"(select distinct on ({by}) * from {table.silver} where {kept} order by {order})"  # noqa: S608 - declared names only


def _value(attribute: ProtectedAttribute) -> str:
    column = f"applicant.{attribute.column}"
    if not attribute.ages_from:
        return f"cast({column} as varchar)"
    age = f"datesub('year', {column}, cast(loan.disbursed_at as date))"
    bands = [f"when {age} < {first} then 'under {first}'" for first in attribute.ages_from[:1]]
    bands += [f"when {age} < {after} then '{start} to {after - 1}'" for start, after in pairwise(attribute.ages_from)]
    last = attribute.ages_from[-1]
    return f"case {' '.join(bands)} when {age} >= {last} then '{last} and over' end"
