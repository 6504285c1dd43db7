"""A model whose review is overdue warns on its asset, and is served as before."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import dagster as dg
import pytest

from contracts.models.inventory import model_inventory
from pipelines.models.assets import CARDS, FRAUD, fraud
from pipelines.models.model_checks import REVIEW, review

DUE = datetime.combine(model_inventory().entry("fraud").review_due, time(12), UTC)


@pytest.mark.parametrize(("days", "passed"), [(0, True), (1, False)])
def test_the_warning_begins_on_the_day_after_the_review_was_due(days: int, passed: bool) -> None:  # noqa: FBT001
    found = review(FRAUD, "fraud", DUE + timedelta(days=days))
    assert found.passed is passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.metadata["review_due"].value == DUE.date().isoformat()


@pytest.mark.parametrize("asset", [fraud, *CARDS.values()])
def test_every_model_is_asked_for_its_review(asset: dg.AssetsDefinition) -> None:
    assert REVIEW in {key.name for key in asset.check_keys}
