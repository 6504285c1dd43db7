"""What a risk team reads beside each registered version."""

from __future__ import annotations

import pytest

from cli.models.standing import Standings
from ml.governance.versions import Version
from tests.unit.ml.promotions import AT, row

HISTORY = [row(1, "2", previous="1"), row(2, "4", previous="2"), row(3, "5", previous="4")]


def version(number: str, gate: str = "passed", name: str = "") -> Version:
    return Version(number, name or f"fraud-{number}", AT, gate, "fraud-before")


VERSIONS = tuple(version(str(number)) for number in range(1, 6))


@pytest.mark.parametrize(
    ("one", "stands"),
    [
        (version("1"), "former champion"),
        (version("3"), "passed by"),
        (version("3", "auc is 0.6, wanted at least 0.7"), "failed its gate"),
        (version("4"), "former champion"),
        (version("5"), "champion"),
        (version("6"), "challenger"),
        (version("7", ""), "failed its gate"),
        (version("8", name="fraud-5"), "equals the champion"),
        (version("10"), "awaits approval"),
    ],
)
def test_where_a_version_stands(one: Version, stands: str) -> None:
    assert Standings(VERSIONS, "5", "6", HISTORY).of(one) == stands


def test_while_nothing_is_served_whatever_passed_waits_the_newest_first() -> None:
    nothing = Standings((version("1"), version("2"), version("3", "auc is 0.6")), None, None, [])
    assert nothing.waiting() == version("2")


def test_with_the_newest_served_nothing_waits() -> None:
    assert Standings(VERSIONS, "5", None, HISTORY).waiting() is None
