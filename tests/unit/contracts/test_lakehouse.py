"""The lakehouse's care as declared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from contracts.lakehouse import FILE, LAYERS, CarePolicy, load_care


def broken(*path: str, to: object) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return document


def test_every_layer_has_its_care() -> None:
    assert set(load_care().layers) == set(LAYERS)


def test_lost_files_are_kept_longer_than_the_sink_announces_them() -> None:
    assert load_care().orphan_age > timedelta(days=7)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (broken("layers", "silver", "compact", to=True), "silver: a compaction would hide"),
        (broken("layers", "bronze", "keep_snapshots", to="5m"), "greater than or equal"),
        (broken("orphan_age", to="1h"), "greater than or equal"),
        (broken("compaction", "small_below_mib", to=65), "must not exceed"),
        (broken("compaction", "minimum_files", to=1), "greater than or equal"),
        (broken("layers", "gold", to={"compact": False, "keep_snapshots": "1d"}), "bronze"),
    ],
)
def test_a_policy_that_would_do_harm_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        CarePolicy.model_validate(document)
