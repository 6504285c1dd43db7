"""When a price first reaches a limit: searched block by block, for many limits at once."""

from __future__ import annotations

import numpy as np

from sources.workload.columns import Integers

_BLOCK = 128


def first_at_most(path: Integers, limit: Integers, start: Integers, stop: Integers) -> Integers:
    """Of each limit the first position from `start` to `stop` (both included) at which the path is no more; -1 for none."""
    blocks = -(-len(path) // _BLOCK)
    padded = np.full(blocks * _BLOCK, np.iinfo(np.int64).max)
    padded[: len(path)] = path
    lowest = padded.reshape(blocks, _BLOCK).min(axis=1)
    stop = np.minimum(stop, len(path) - 1)
    found = np.full(len(limit), -1, dtype=np.int64)
    left, block = np.flatnonzero(start <= stop), start // _BLOCK
    while len(left):
        near = left[lowest[block[left]] <= limit[left]]
        at = block[near][:, None] * _BLOCK + np.arange(_BLOCK)
        reached = (padded[at] <= limit[near][:, None]) & (at >= start[near][:, None]) & (at <= stop[near][:, None])
        hit = reached.any(axis=1)
        found[near[hit]] = at[hit, reached[hit].argmax(axis=1)]
        block[left] += 1
        left = left[(found[left] < 0) & (block[left] * _BLOCK <= stop[left])]
    return found
