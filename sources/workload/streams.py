"""Randomness: one seed, and a stream of its own for every purpose, so that one purpose's draws never move another's."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from sources.workload.columns import Array, Flags, Floats, Integers

# Log-odds: a mean that needs a greater shift is none that anybody asks for.
_FARTHEST = 40.0


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


def risks(strain: Floats, share: float) -> Floats:
    """Probabilities whose log-odds are the strain, moved so far that their mean is `share`."""
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(1 / (1 + np.exp(-strain - middle))) < share else (low, middle)
    risk: Floats = 1 / (1 + np.exp(-strain - low))
    return risk


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
