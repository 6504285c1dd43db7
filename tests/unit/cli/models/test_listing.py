"""Versions and promotions in lines: who waits, who decided, and what is not in effect."""

from __future__ import annotations

from cli.models.listing import history_lines, version_lines
from cli.models.standing import Standings
from tests.unit.cli.models.test_standing import version
from tests.unit.ml.promotions import row


def test_the_version_that_waits_comes_with_its_approver_and_the_command() -> None:
    *lines, who, command = version_lines("fraud", Standings((version("1"), version("2")), "1", None, [row(1, "1")]))
    assert ["champion" in line for line in lines] == [True, False]
    assert "awaits approval" in lines[1]
    assert "beside fraud-before; gate: passed" in lines[1]
    assert who == "Version 2 awaits the head of fraud risk:"
    assert command.startswith("./atalaya model approve fraud 2 --by")


def test_a_gate_that_failed_is_told_with_what_it_found() -> None:
    (line,) = version_lines("fraud", Standings((version("1", "auc is 0.6"),), None, None, []))
    assert "failed its gate" in line
    assert "gate: auc is 0.6" in line


def test_the_history_tells_who_and_what_is_not_in_effect() -> None:
    first = row(1, "1", "first_champion", decided_by=None)
    skipped, last = (row(place, str(place), previous="1", in_effect_at=None) for place in (2, 3))
    lines = history_lines("fraud", [first, skipped, last], "1")
    assert lines[0].startswith("1. Version 1 (fraud-1) first champion by the declared policy")
    assert lines[1].endswith("[superseded before it was in effect]")
    assert "by Ana Ruiz (head of fraud risk)" in lines[2]
    assert lines[2].endswith("[not in effect yet: repeat the command]")
    assert "MLflow calls version 1 champion" in lines[3]
    assert "./atalaya model follow fraud" in lines[3]


def test_nothing_is_said_where_all_agree_or_nothing_is_there() -> None:
    assert len(history_lines("fraud", [row(1, "1")], "1")) == 1
    assert history_lines("fraud", [], None) == ["Nobody has promoted a version of fraud yet."]
    assert "No version" in version_lines("fraud", Standings((), None, None, []))[0]
