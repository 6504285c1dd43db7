"""What a risk team reads beside each registered version."""

from __future__ import annotations

import pytest

from cli.models.standing import Standings
from ml.governance.versions import Version
from tests.unit.ml.promotions import AT, row

HISTORY = [row(1, "2", previous="1"), row(2, "4", previous="2"), row(3, "5", previous="4")]


def version(number: str, gate: str = "passed") -> Version:
    return Version(number, f"fraud-{number}", AT, gate, "fraud-before")


@pytest.mark.parametrize(
    ("number", "gate", "stands"),
    [
        ("1", "passed", "former champion"),
        ("3", "passed", "passed by"),
        ("3", "auc is 0.6, wanted at least 0.7", "failed its gate"),
        ("4", "passed", "former champion"),
        ("5", "passed", "champion"),
        ("6", "passed", "challenger"),
        ("7", "", "failed its gate"),
        ("10", "passed", "awaits approval"),
    ],
)
def test_where_a_version_stands(number: str, gate: str, stands: str) -> None:
    assert Standings("5", "6", HISTORY).of(version(number, gate)) == stands


def test_while_nothing_is_served_whatever_passed_waits() -> None:
    assert Standings(None, None, []).of(version("1")) == "awaits approval"
