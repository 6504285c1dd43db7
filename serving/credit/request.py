"""A credit application as a caller sends it: the scorecard's columns, by their names in the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from contracts.lending.pricing import LONGEST_MONTHS, load_pricing
from contracts.models import micro_loan_model
from contracts.tables import Column, find_table
from serving.platform.texts import Text

_HIGHEST = 1e12
_EXAMPLES = {
    "applied_income": 3200.0,
    "applied_employment_months": 30,
    "applied_existing_debt": 1500.0,
    "applied_bureau_score": 655,
    "applied_remittances_90d": 3,
    "principal": 2500.0,
}


def _field(column: Column) -> tuple[Any, Any]:
    number: Any = int if column.type in {"smallint", "integer"} else float
    unit = f" ({column.unit})" if column.unit else ""
    options: dict[str, Any] = {
        "ge": 0,
        "le": _HIGHEST,
        "allow_inf_nan": False,
        "description": f"{column.description}{unit}",
        "examples": [_EXAMPLES.get(column.name, 1)],
    }
    return (number | None, Field(default=None, **options)) if column.optional else (number, Field(**options))


def _features_model() -> type[BaseModel]:
    model = micro_loan_model()
    columns = {column.name: column for column in find_table(model.app, model.table).columns}
    fields: dict[str, Any] = {name: _field(columns[name]) for name in model.columns}
    return create_model(
        "MicroLoanFeatures",
        __config__=ConfigDict(extra="forbid", strict=False),
        __doc__="What is known of the applicant and the loan when it is applied for.",
        **fields,
    )


MicroLoanFeatures = _features_model()


def _priced_there(jurisdiction: str) -> str:
    known = load_pricing().caps
    if jurisdiction not in known:
        raise ValueError(f"loans are priced in {', '.join(sorted(known))}")
    return jurisdiction


class CreditRequest(BaseModel):
    """An application. The same `application_id` always gets the same decision."""

    model_config = ConfigDict(extra="forbid")

    application_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$", examples=["app-2026-0001"])
    customer_id: Text = Field(min_length=1, max_length=64, examples=["user-000077"])
    product: Literal["micro_loan"] = "micro_loan"
    months: int = Field(
        default=load_pricing().application.months,
        ge=1,
        le=LONGEST_MONTHS,
        description="Number of monthly instalments",
        examples=[24],
    )
    jurisdiction: Annotated[str, AfterValidator(_priced_there)] = Field(
        default=load_pricing().application.jurisdiction,
        description=f"Whose rate cap and disclosed rate hold: {', '.join(sorted(load_pricing().caps))}",
        examples=["CA"],
    )
    features: MicroLoanFeatures  # type: ignore[valid-type]
