"""File, alias and history tell one story: whenever the power goes, the same command again leads to the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import NotFoundError, PermanentError
from contracts.models.files import champion_file
from ml.governance.succession import Succession
from tests.small_champion import small_champion
from tests.unit.ml.promotions import ANA, AT, BO, MemoryPlatform, platform

ARTEFACTS = {number: small_champion(f"fraud-{number}") for number in ("1", "2", "3")}
WRITES = range(
    6
)  # the row, the version's file, the champion's file, the alias, the mark; with all five the command ends


def with_two_champions(folder: Path) -> MemoryPlatform:
    found = platform(folder, ARTEFACTS)
    found.succession().take_first("1")
    found.succession().approve("2", ANA)
    return found


def agree(found: MemoryPlatform, number: str) -> bool:
    last = found.rows[-1]
    return (
        found.served() == ARTEFACTS[number] and found.alias == last.number == number and last.in_effect_at is not None
    )


def test_an_approval_is_written_down_and_served(tmp_path: Path) -> None:
    found = with_two_champions(tmp_path)
    approved = found.succession().approve("3", ANA)
    assert agree(found, "3")
    assert found.told() == [("first_champion", "1", None), ("approved", "2", "1"), ("approved", "3", "2")]
    assert (approved.decided_by, approved.role, approved.reason) == ("Ana Ruiz", "head of fraud risk", ANA.reason)
    assert approved.decided_at > AT
    assert found.rows[0].decided_by is None


def test_what_cannot_be_approved_changes_nothing(tmp_path: Path) -> None:
    found = with_two_champions(tmp_path)
    found.gates["3"] = "auc is 0.6, wanted at least 0.7"
    for number, error, told in (
        ("9", NotFoundError, "no registered version 9"),
        ("3", PermanentError, "auc is 0.6"),
        ("2", PermanentError, "champion already"),
    ):
        with pytest.raises(error, match=told):
            found.succession().approve(number, ANA)
    assert len(found.rows) == 2
    assert agree(found, "2")


def test_a_rollback_serves_the_champion_before_and_needs_no_second_verdict(tmp_path: Path) -> None:
    found = with_two_champions(tmp_path)
    found.gates["1"] = ""
    found.succession().roll_back(BO)
    assert agree(found, "1")
    assert found.told()[-1] == ("rolled_back", "1", "2")
    assert found.rows[-1].decided_by == "Bo Lund"
    with pytest.raises(NotFoundError, match="no champion before"):
        found.succession().roll_back(BO)
    found.succession().roll_back(BO, "2")
    assert agree(found, "2")
    with pytest.raises(PermanentError, match="champion already"):
        found.succession().roll_back(BO, "2")


ACTS: list[tuple[Callable[[Succession], object], str]] = [
    (lambda succession: succession.approve("3", ANA), "3"),
    (lambda succession: succession.roll_back(BO), "1"),
    (lambda succession: succession.roll_back(BO, "1"), "1"),
]


@pytest.mark.parametrize("writes", WRITES)
@pytest.mark.parametrize(("act", "number"), ACTS)
def test_the_same_command_again_completes_what_a_crash_left(
    tmp_path: Path, act: Callable[[Succession], object], number: str, writes: int
) -> None:
    found = with_two_champions(tmp_path)
    if not found.lose_power_after(writes, act):
        act(found.succession())
    assert agree(found, number)
    assert len(found.rows) == 3
    assert found.rows[-1].previous == "2"


@pytest.mark.parametrize("writes", WRITES)
def test_a_crash_between_history_and_file_is_told_by_the_history(tmp_path: Path, writes: int) -> None:
    found = with_two_champions(tmp_path)
    ended = found.lose_power_after(writes, lambda succession: succession.approve("3", ANA))
    assert ended == (found.rows[-1].number == "3" and found.rows[-1].in_effect_at is not None)


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
def test_a_rollback_leads_away_from_an_approval_that_a_crash_left_half_way(tmp_path: Path, writes: int) -> None:
    found = with_two_champions(tmp_path)
    found.lose_power_after(writes, lambda succession: succession.approve("3", ANA))
    found.succession().roll_back(BO)
    assert agree(found, "2")
    assert found.told()[-2:] == [("approved", "3", "2"), ("rolled_back", "2", "3")]


@pytest.mark.parametrize("writes", WRITES)
def test_a_first_champion_that_a_crash_left_half_way_is_completed_by_the_next_training(
    tmp_path: Path, writes: int
) -> None:
    found = platform(tmp_path, ARTEFACTS)
    found.lose_power_after(writes, lambda succession: succession.take_first("1"))
    found.succession().complete()
    taken = found.succession().take_first("2")
    assert taken == (writes == 0)
    assert agree(found, "2" if taken else "1")


def test_the_policy_lets_the_gate_decide_once_and_on_a_laptop_only(tmp_path: Path) -> None:
    cluster = platform(tmp_path / "cluster", ARTEFACTS, "cluster")
    assert not cluster.succession().take_first("1")
    assert cluster.rows == []
    assert cluster.succession().approve("1", ANA).previous is None
    laptop = platform(tmp_path / "laptop", ARTEFACTS)
    assert laptop.succession().take_first("1")
    assert not laptop.succession().take_first("2")
    assert agree(laptop, "1")


def test_a_champion_from_before_the_history_is_no_first_one_and_can_be_gone_back_to(tmp_path: Path) -> None:
    found = platform(tmp_path, ARTEFACTS, alias="1")
    assert not found.succession().take_first("2")
    found.succession().approve("2", ANA)
    assert found.told() == [("approved", "2", "1")]
    found.succession().roll_back(BO)
    assert agree(found, "1")


def test_an_alias_or_a_file_that_somebody_moved_follows_the_history_again(tmp_path: Path) -> None:
    found = with_two_champions(tmp_path)
    found.alias = "3"
    assert found.succession().complete() == found.rows[-1]
    assert agree(found, "2")
    champion_file(found.settings, "fraud").write_bytes(b"something else")
    found.succession().approve("2", BO)
    assert agree(found, "2")
    assert found.told()[-1] == ("approved", "2", "1")


def test_an_artefact_that_changed_after_its_approval_is_not_served(tmp_path: Path) -> None:
    found = with_two_champions(tmp_path)
    found.lose_power_after(1, lambda succession: succession.approve("3", ANA))
    found.artefacts = {**ARTEFACTS, "3": ARTEFACTS["1"]}
    with pytest.raises(PermanentError, match="not the one that was promoted"):
        found.succession().complete()
    assert found.served() != ARTEFACTS["1"]
    found.succession().roll_back(BO)
    assert agree(found, "2")
