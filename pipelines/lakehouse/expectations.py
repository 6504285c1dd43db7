"""Great Expectations suites for silver, generated from what contracts declare.

A critical suite says what must hold (keys, required fields, value sets, ranges); a warning suite what usually does.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from contracts.tables import load_tables
from pipelines.lakehouse.representatives import Ask, Read, key_name, representatives
from pipelines.lakehouse.specification import Silver

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from pandas import DataFrame  # type: ignore[import-untyped]

    from pipelines.lakehouse.catalog import Lake

Severity = Literal["critical", "warning"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning")

_RANGE = re.compile(r"^(?P<column>\w+) (?:(?P<operator>>=|>) (?P<bound>\d+)|between (?P<low>\d+) and (?P<high>\d+))$")

_PRESENT = "ExpectColumnValuesToNotBeNull"
_IN_SET = "ExpectColumnValuesToBeInSet"
_BETWEEN = "ExpectColumnValuesToBeBetween"

# Of this process, by table, suite and representatives.
_VERDICTS: dict[tuple[str, str, str], dict[Severity, Verdict]] = {}

# The asset check of the critical suite, which stops what stands on a table.
FITS_CONTRACT = "fits_contract"


@dataclass(frozen=True)
class Expectation:
    """One expectation: the name of its class in Great Expectations, and the arguments it takes."""

    kind: str
    arguments: dict[str, Any]
    severity: Severity = "critical"


@dataclass(frozen=True)
class Verdict:
    """Whether a table keeps its expectations of one severity, and the ones that it breaks, in words."""

    holds: bool
    evaluated: int
    broken: tuple[str, ...]


def expectations(table: Silver) -> tuple[Expectation, ...]:
    """What contracts promise about a silver table."""
    return (*_key(table), *_columns(table), *_ranges(table), *_usual())


def suite_digest(table: Silver) -> str:
    """Another one when the suite is another: a verdict holds for a snapshot and a suite."""
    return hashlib.sha256(repr(expectations(table)).encode()).hexdigest()[:16]


def judge(lake: Lake, table: Silver) -> dict[Severity, Verdict]:
    """Evaluate every expectation over all rows of a table's current snapshot."""
    lake.attach(table.name)
    return judge_rows(lambda sql: lake.session.execute(sql).fetchone(), table.name, table, is_keyed=False)


def judge_rows(ask: Ask, name: str, table: Silver, *, is_keyed: bool) -> dict[Severity, Verdict]:
    """The same for a copy of the table under another name, in an engine that may enforce the key."""
    wanted = expectations(table)
    read = {
        kind: [one.arguments["column"] for one in wanted if one.kind == kind] for kind in (_BETWEEN, _IN_SET, _PRESENT)
    }
    frame = representatives(
        ask, name, table.key, Read(read[_BETWEEN], read[_IN_SET], read[_PRESENT]), is_keyed=is_keyed
    )
    # A copy of the same rows has the same representatives, which the same suite has judged.
    judged = (table.name, suite_digest(table), frame.to_json(date_format="iso", date_unit="us", default_handler=str))
    if judged not in _VERDICTS:
        results = list(zip(wanted, _evaluate(table.name, frame, wanted), strict=True))
        _VERDICTS[judged] = {
            severity: _verdict([result for one, result in results if one.severity == severity])
            for severity in SEVERITIES
        }
    return _VERDICTS[judged]


def _key(table: Silver) -> Iterator[Expectation]:
    yield Expectation("ExpectColumnValuesToBeUnique", {"column": key_name(table.key)})


def _columns(table: Silver) -> Iterator[Expectation]:
    # What is about the row is written by the refresh itself, and costs as much to check as the rest.
    for column in table.columns:
        if column.required and column.kind != "json":
            yield Expectation(_PRESENT, {"column": column.name})
        if column.values:  # noqa: PD011 - no frame's
            yield Expectation(_IN_SET, {"column": column.name, "value_set": list(column.values)})
        if column.minimum is not None:
            yield Expectation(_BETWEEN, {"column": column.name, "min_value": column.minimum})


def _ranges(table: Silver) -> Iterator[Expectation]:
    """The declared SQL conditions that are plain ranges."""
    declared = next((one for one in load_tables() if one.silver == table.name), None)
    conditions = [column.check for column in declared.columns if column.check] if declared else []
    for match in filter(None, map(_RANGE.match, conditions)):
        low = match["bound"] or match["low"]
        yield Expectation(
            _BETWEEN,
            {
                "column": match["column"],
                "min_value": int(low),
                "max_value": int(match["high"]) if match["high"] else None,
                "strict_min": match["operator"] == ">",
            },
        )


def _usual() -> Iterator[Expectation]:
    yield Expectation("ExpectTableRowCountToBeBetween", {"min_value": 1}, severity="warning")


def _evaluate(name: str, frame: DataFrame, wanted: Sequence[Expectation]) -> Iterator[ExpectationValidationResult]:
    """One result for each expectation, in their order."""
    import great_expectations as gx  # noqa: PLC0415 - seven seconds of CPU
    import great_expectations.expectations as gxe  # noqa: PLC0415 - likewise

    batch = _batches().get_batch({"dataframe": frame})
    built = [
        getattr(gxe, one.kind)(**one.arguments, severity=one.severity, meta={"position": position})
        for position, one in enumerate(wanted)
    ]
    # What is broken is told by column; looking for examples costs as much again.
    suite = gx.ExpectationSuite(name=name, expectations=built)
    yield from sorted(batch.validate(suite, result_format="BOOLEAN_ONLY").results, key=_position)


def _position(result: ExpectationValidationResult) -> int:
    configuration = result.expectation_config
    return int(configuration.meta["position"]) if configuration and configuration.meta else 0


def _verdict(results: Sequence[ExpectationValidationResult]) -> Verdict:
    broken = tuple(_words(result) for result in results if not result.success)
    return Verdict(holds=not broken, evaluated=len(results), broken=broken)


def _words(result: ExpectationValidationResult) -> str:
    """What is broken, without values: a column of identifiers must not reach a log."""
    configuration = result.expectation_config
    if configuration is None:
        return "an expectation could not be evaluated"
    where = configuration.kwargs.get("column") or configuration.kwargs.get("column_list") or "rows"
    return f"{configuration.type} on {where}"


@cache
def _batches() -> BatchDefinition[Any]:
    """Great Expectations' handle on a frame, one for all: making one writes the whole configuration anew."""
    asset = _context().data_sources.add_or_update_pandas("tables").add_dataframe_asset("representatives")
    return asset.add_batch_definition_whole_dataframe("representatives")


@cache
def _context() -> EphemeralDataContext:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415 - seven seconds of CPU
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415 - likewise

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
