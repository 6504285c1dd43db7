"""The inventory of models: complete, and dated so that an overdue review is seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest

from contracts.errors import ConfigurationError
from contracts.models import ModelName
from contracts.models.inventory import Inventory, model_inventory
from contracts.models.shapes import validated


def document(**changes: object) -> dict[str, Any]:
    return {**model_inventory().model_dump(), **changes}


def test_every_model_has_a_line() -> None:
    assert set(model_inventory().models) == set(get_args(ModelName))


def test_a_model_without_a_line_is_refused() -> None:
    models = {name: record for name, record in document()["models"].items() if name != "fraud"}
    with pytest.raises(ConfigurationError, match="the inventory lacks fraud"):
        validated(Inventory, document(models=models))


def test_a_tier_that_nobody_declared_is_refused() -> None:
    models = document()["models"]
    with pytest.raises(ConfigurationError, match="no tier is declared as 9"):
        validated(Inventory, document(models={**models, "fraud": {**models["fraud"], "tier": 9}}))


def test_a_laptop_lets_the_gate_decide_on_a_first_champion_and_a_cluster_asks_a_person() -> None:
    assert model_inventory().first_champion == {"local": "gate", "cluster": "approval"}


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"local": "gate"}, "first_champion says nothing for cluster"),
        ({"local": "gate", "cluster": "anybody"}, "first_champion.cluster"),
        ({"local": "gate", "cluster": "approval", "laptop": "gate"}, "first_champion.laptop"),
    ],
)
def test_a_policy_that_leaves_a_profile_out_or_makes_one_up_is_refused(policy: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        validated(Inventory, document(first_champion=policy))


def test_a_review_is_overdue_from_the_day_after_it_was_due() -> None:
    entry = model_inventory().entry("fraud")
    assert entry.review_due == entry.record.reviewed_on + entry.policy.review_every
    assert not entry.is_overdue(entry.review_due)
    assert entry.is_overdue(entry.review_due + timedelta(days=1))
