"""A version that waits for a person is seen on its asset, with the command to type, and is no error."""

from __future__ import annotations

import dagster as dg
import pytest

from ml.governance.admission import Admission
from ml.governance.registry import Registered
from pipelines.models.assets import CARDS, FRAUD, fraud, placed
from pipelines.models.model_checks import APPROVAL, approval


def test_a_version_that_waits_warns_and_says_who_types_what() -> None:
    found = approval(FRAUD, "fraud", "3", Admission(promoted=False, awaits_approval=True))
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.description is not None
    assert "head of fraud risk" in found.description
    assert "./atalaya model approve fraud 3 --by" in found.description


@pytest.mark.parametrize("promoted", [True, False])
def test_what_was_promoted_or_failed_its_gate_waits_for_nobody(promoted: bool) -> None:  # noqa: FBT001
    found = approval(FRAUD, "fraud", "3", Admission(promoted=promoted, awaits_approval=False))
    assert found.passed
    assert found.metadata == {}


def test_the_metadata_tell_what_became_of_a_run() -> None:
    told = placed(Registered("run", "3"), Admission(promoted=False, awaits_approval=True))
    assert told == {"mlflow_run": "run", "registered_version": "3", "promoted": False, "awaits_approval": True}


@pytest.mark.parametrize("asset", [fraud, *CARDS.values()])
def test_every_model_says_how_it_is_approved(asset: dg.AssetsDefinition) -> None:
    assert APPROVAL in {key.name for key in asset.check_keys}
    (key,) = asset.keys
    assert f"./atalaya model approve {key.path[-1]} NUMBER" in asset.descriptions_by_key[key]
