"""What `model reproduce` says: what differs, then the verdict on the bytes."""

from __future__ import annotations

from cli.models.reproduction import report
from pipelines.models.reproduction import Reproduction

CODE = "code was git:a, is git:b"


def test_the_same_bytes_are_told_with_their_digest() -> None:
    assert report("fraud", "3", Reproduction("abc", "abc", ())) == ["Version 3 of fraud: same bytes, sha256 abc."]


def test_what_differs_is_told_before_the_verdict_also_where_it_changed_nothing() -> None:
    first, verdict = report("fraud", "3", Reproduction("abc", "abc", (CODE,)))
    assert first == CODE
    assert "same bytes" in verdict


def test_other_bytes_are_told_with_both_digests() -> None:
    *before, verdict = report("fraud", "3", Reproduction("abc", "def", (CODE, "seed was 1, is 2")))
    assert before == [CODE, "seed was 1, is 2"]
    assert verdict == "Version 3 of fraud: other bytes, sha256 def; registered is abc."


def test_other_bytes_without_a_difference_are_the_trainings_fault() -> None:
    first, _ = report("fraud", "3", Reproduction("abc", "def", ()))
    assert "not repeatable" in first
