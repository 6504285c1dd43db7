"""The open lakehouse that a run's steps share."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from contracts.settings import load_settings
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.refresh import prepare_session


class LakeResource(dg.ConfigurableResource["LakeResource"]):
    """One open lakehouse for a whole run: its catalog connection and DuckDB session are shared by the steps."""

    _lake: Lake = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["LakeResource"]:  # noqa: ARG002
        """Open it for the run."""
        settings = load_settings()
        with open_lake(settings) as lake:
            prepare_session(lake, settings)
            self._lake = lake
            yield self

    @property
    def lake(self) -> Lake:
        """The open lakehouse."""
        return self._lake
