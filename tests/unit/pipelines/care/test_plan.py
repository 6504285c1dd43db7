"""Which small files become one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.lakehouse import CompactionPolicy
from pipelines.lakehouse.care.plan import Candidate, plan_compaction

MIB = 1024 * 1024

policies = st.builds(
    CompactionPolicy,
    target_file_mib=st.integers(20, 64),
    small_below_mib=st.integers(1, 20),
    minimum_files=st.integers(2, 6),
)
candidates = st.lists(
    st.builds(
        Candidate[int],
        source=st.integers(),
        place=st.integers(1, 3),
        size_bytes=st.integers(1, 30 * MIB),
        sequence_number=st.integers(1, 50),
    ),
    max_size=30,
    unique_by=lambda file: file.source,
)


@given(candidates, policies)
def test_groups_are_small_files_of_one_partition_in_order_and_no_larger_than_the_target(
    files: list[Candidate[int]], policy: CompactionPolicy
) -> None:
    groups = plan_compaction(files, policy)
    used = [file.source for group in groups for file in group.files]
    assert len(used) == len(set(used))
    for group in groups:
        assert len({file.place for file in group.files}) == 1
        assert len(group.files) > 1
        assert all(file.size_bytes < policy.small_bytes for file in group.files)
        assert sum(file.size_bytes for file in group.files) <= policy.target_bytes
        assert all(one.sequence_number <= other.sequence_number for one, other in pairwise(group.files))
        assert group.sequence_number == group.files[-1].sequence_number


@given(candidates, policies)
def test_a_partition_is_taken_up_exactly_when_it_has_enough_small_files(
    files: list[Candidate[int]], policy: CompactionPolicy
) -> None:
    small = [file for file in files if file.size_bytes < policy.small_bytes]
    enough = {place for place in (1, 2, 3) if sum(file.place == place for file in small) >= policy.minimum_files}
    taken = {file.place for group in plan_compaction(files, policy) for file in group.files}
    # Two neighbours always fit together: each is at most the target's half here, or the target would be exceeded.
    fitting = {place for place in enough if policy.small_bytes * 2 <= policy.target_bytes}
    assert fitting <= taken <= enough


def test_files_of_the_target_size_are_left_alone() -> None:
    policy = CompactionPolicy(target_file_mib=64, small_below_mib=16, minimum_files=2)
    files = [Candidate(number, "day", 16 * MIB, number) for number in range(5)]
    assert plan_compaction(files, policy) == ()
