"""Randomness: one seed, and a stream of its own for every purpose, so that one purpose's draws never move another's."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from sources.workload.columns import Array, Flags, Floats, Integers


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """The stream of a purpose; the same seed and purpose give the same numbers on every machine."""
    words = [zlib.crc32(word.encode()) for word in purpose]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Integers:
    """Positions drawn with these weights, with replacement."""
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    positions: Integers = found.clip(0, len(weights) - 1).astype(np.int64)
    return positions


def chance(rng: np.random.Generator, count: int, share: float | Floats) -> Flags:
    """Which of `count` trials happen, each with this probability."""
    happened: Flags = rng.random(count) < share
    return happened


def happens(rng: np.random.Generator, share: float) -> bool:
    """Whether one trial happens."""
    return float(rng.random()) < share


def choose(
    rng: np.random.Generator, values: Sequence[str], count: int, weights: Sequence[float] | None = None
) -> Array:
    """Values drawn with these weights, evenly without."""
    shares = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.array(values, dtype=object)[pick(rng, shares, count)]


def money(values: Floats) -> Integers:
    """Amounts in hundredths, at least one."""
    return np.maximum(np.rint(values * 100), 1).astype(np.int64)
