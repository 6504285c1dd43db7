"""What a loan was applied for with, in SQL: columns of the loan itself, or of the application that it names by its key.

An application may name a report in turn. It is read as it stood when the application was decided: the version that held then, or
the oldest known where the lakehouse began to listen after it. What a bureau corrected afterwards, or was answered afterwards, is
not what was decided with.
"""

from __future__ import annotations

from contracts.models.application import Application
from contracts.models.credit import CreditModel
from contracts.models.product import Product
from contracts.tables import find_table


def applied_tables(model: CreditModel) -> tuple[str, ...]:
    """The lakehouse's tables that tell what was applied with, and which loans are the model's: the first has the columns."""
    report = model.application.report if model.application else None
    return (
        find_table(model.app, model.applied_in).silver,
        *([find_table(model.app, report.table).silver_history] if report else []),
        *([find_table(model.app, model.product.table).silver] if model.product else []),
    )


def applied_values(model: CreditModel) -> dict[str, str]:
    """The model's columns by name; `loan`, `applied` and `report` are the rows that they are read from."""
    if model.application is None:
        return {name: f"loan.{name}" for name in model.columns}
    made = {name: f"report.{name}" for name in (model.application.report.columns if model.application.report else ())}
    made |= {name: _flag(wanted) for name, wanted in model.application.flags.items()}
    return {name: made.get(name, f"applied.{name}") for name in model.columns}


def application_join(model: CreditModel, until: str = "") -> str:
    """The join from a loan to its application; one that is gone leaves the loan without columns, for the gate to see.

    `until` is a moment after which nothing that a report says counts, decided or not.
    """
    if model.application is None:
        return ""
    table = find_table(model.app, model.application.table)
    on = " and ".join(f"applied.{key} = loan.{key}" for key in table.key)
    return f"left join {table.silver} applied on {on} {report_join(model, until)}"


def report_join(model: CreditModel, until: str = "") -> str:
    """The join from an application to the report that it names; without one its columns are missing."""
    if model.application is None or model.application.report is None:
        return ""
    key = find_table(model.app, model.application.table).key
    on = " and ".join(f"report.{name} = applied.{name}" for name in key)
    return f"left join ({_versions(model.app, model.application, until)}) report on {on}"


def belongs(model: CreditModel, row: str) -> str:
    """The condition that a loan or an application, `row`, is of a product whose loans are the model's."""
    return _is_of(model.app, model.product, row, "") if model.product else "true"


def belongs_elsewhere(model: CreditModel, row: str) -> str:
    """The condition that `row` is of a product that is known and none of the model's: of one that is gone nobody can tell."""
    return _is_of(model.app, model.product, row, "not") if model.product else "false"


def _is_of(app: str, product: Product, row: str, wanted: str) -> str:
    table = find_table(app, product.table)
    on = " and ".join(f"product.{key} = {row}.{key}" for key in table.key)
    kept = " and ".join(
        f"product.{name} in ({', '.join(map(_text, values))})" for name, values in product.where.items()
    )
    return f"exists (select 1 from {table.silver} product where {on} and {wanted} ({kept}))"  # noqa: S608 - declared names only


def _versions(app: str, applied: Application, until: str) -> str:
    """One version of the report of each application: the answer that was there when it was decided, or at `until` if that was before."""
    if applied.report is None:
        return ""
    asked, told = find_table(app, applied.table), find_table(app, applied.report.table)
    key = ", ".join(f"asked.{name}" for name in asked.key)
    columns = ", ".join(f"version.{column} as {name}" for name, column in applied.report.columns.items())
    on = " and ".join(f"version.{name} = asked.{name}" for name in told.key)
    decided = f"least(asked.{applied.decided}, {until})" if until else f"asked.{applied.decided}"
    older = " and ".join(f"older.{name} = version.{name}" for name in told.key)
    return (
        f"select distinct on ({key}) {key}, {columns} from {asked.silver} asked"  # noqa: S608 - likewise
        f" join {told.silver_history} version on {on}"
        f" where coalesce(version.valid_to > {decided}, version.valid_to is null)"
        f" and coalesce(version.{applied.report.answered} <= {decided}, true)"
        f" and not exists (select 1 from {told.silver_history} older"
        f" where {older} and older.valid_from < version.valid_from and version.valid_from > {decided})"
        f" order by {key}, version.valid_from, version._row_lsn"
    )


def _flag(wanted: dict[str, str]) -> str:
    """1 or 0; missing where a column is."""
    holds = " and ".join(f"applied.{name} = {_text(value)}" for name, value in wanted.items())
    return f"cast({holds} as double)"


def _text(value: str) -> str:
    return f"'{value}'"
