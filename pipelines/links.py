"""Links from an asset to where else it is shown: a query to paste, its dictionary page, dbt's documentation, MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from contracts.settings import load_settings


def table_links(name: str) -> dict[str, Any]:
    """Of a lakehouse table: how to read it, and where its columns are explained."""
    return {
        "query": dg.MetadataValue.md(f'```\n./atalaya query lakehouse "select * from {name} limit 20"\n```'),  # noqa: S608 - a declared name, to be read
        "dictionary": dg.MetadataValue.path(str(load_settings().state / "dictionary" / f"{name.partition('.')[0]}.md")),
    }


def warehouse_links(name: str) -> dict[str, Any]:
    """Of a table or mart of the warehouse: how to read it."""
    return {"query": dg.MetadataValue.md(f'```\n./atalaya query warehouse "select * from {name} limit 20"\n```')}  # noqa: S608 - likewise


def model_links(registered: str) -> Mapping[str, Any]:
    """Of a model: its versions in MLflow."""
    return {"mlflow": dg.MetadataValue.url(f"{load_settings().url('mlflow')}/#/models/{registered}")}
