"""`governance.<model>_monitoring`: what monitoring found, a row for each value of each window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import schema_to_pyarrow

from contracts.models import ModelName
from ml.governance.monitoring import Finding, Window
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head

KEY = ("window_start", "family", "subject")
COLUMNS = (
    SilverColumn("window_start", "timestamp", "The window's first moment"),
    SilverColumn("window_end", "timestamp", "The first moment after it"),
    SilverColumn(
        "model_version", "text", "The latest served version that was made from nothing later than the window's start"
    ),
    SilverColumn("family", "text", "coverage, drift, performance or shadow"),
    SilverColumn("subject", "text", "The input, score, figure or count that the value is of"),
    SilverColumn("value", "number", "What was found", required=False),
    SilverColumn("low", "number", "Lower end of its 95 % interval", required=False),
    SilverColumn("high", "number", "Upper end of its 95 % interval", required=False),
    SilverColumn("held_out", "number", "The figure that the model was judged by", required=False),
    SilverColumn("critical", "number", "The value beyond which it alarms, or that is asked for", required=False),
    SilverColumn("rows", "integer", "Decisions that it was found in"),
    SilverColumn("alarm", "boolean", "Whether somebody must look"),
)


@dataclass(frozen=True)
class Examined:
    """One window, the version that it was judged by, and all that was found."""

    window: Window
    model_version: str
    findings: Sequence[Finding]

    def of(self, family: str) -> list[Finding]:
        """The findings of one family."""
        return [finding for finding in self.findings if finding.family == family]


def table_of(model: ModelName) -> str:
    """The table's full name."""
    return f"governance.{model}_monitoring"


def write_findings(lake: Lake, model: ModelName, examined: Sequence[Examined], since: datetime) -> Head:
    """Put what was found now in the place of what was known of windows that began at `since` or later; earlier ones stay."""
    schema = schema_to_pyarrow(iceberg_schema(COLUMNS), include_field_ids=False)
    rows = pa.Table.from_pylist([row for one in examined for row in _rows(one)], schema=schema)
    name = table_of(model)
    if lake.head(name) is not None:
        lake.attach(name)
        kept = lake.query(f"select * from {name} where window_start < ?", [since])  # noqa: S608 - a declared name
        rows = pa.concat_tables([kept.select(schema.names).cast(schema), rows])
    return lake.replace(name, rows, COLUMNS, {})


def _rows(examined: Examined) -> list[dict[str, Any]]:
    told = {
        "window_start": examined.window.start,
        "window_end": examined.window.end,
        "model_version": examined.model_version,
    }
    return [
        {**told, **{name: _known(value) for name, value in asdict(finding).items()}} for finding in examined.findings
    ]


def _known(value: object) -> object:
    """None for what is not a number: SQL has no use for one."""
    return None if isinstance(value, float) and math.isnan(value) else value
