"""Schemas of regulator reports, and the one validation that may mark a report as valid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from contracts.errors import ConfigurationError
from contracts.formats import FORMATS

DIRECTORY = Path(__file__).parent

Json = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """One place where a report breaks its schema; `field` is a dotted path. Values are left out: they may be names."""

    field: str
    rule: str


def load_report_schema(name: str) -> Json:
    """The JSON Schema of one report type (`fintrac_eftr`); raises ConfigurationError when it is absent."""
    path = DIRECTORY / f"{name}.schema.json"
    if not path.exists():
        raise ConfigurationError(f"No contract declares the report {name!r}.", hint=f"Add {path.name}.")
    schema: Json = json.loads(path.read_text(encoding="utf-8"))
    return schema


def report_problems(name: str, report: Json) -> tuple[Problem, ...]:
    """Everything that keeps a report from being valid, in the order of the document; none means valid."""
    errors = sorted(_validator(name).iter_errors(report), key=lambda error: list(map(str, error.absolute_path)))
    return tuple(
        Problem(".".join(map(str, error.absolute_path)) or "report", f"{error.validator}: {error.validator_value!r}")
        for error in errors
    )


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load_report_schema(name), format_checker=FORMATS)
