"""Other shapes than the usual: every parameter of every planted kind moved by its own factor, drawn by a seed.

What makes a crime the crime that it is stays: a share stays below one, and parts of a structured sum stay below what is reported.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sources.workload.planting.parameters import Range
from sources.workload.planting.shapes import USUAL, Shapes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Shape = TypeVar("Shape", bound="DataclassInstance")

SPREAD = 0.3  # a parameter moves by at most this share of itself, up or down

_SHARES = {"passed_on", "outside"}
_BELOW_THE_LAW = {"largest"}  # just below CAD 10,000 (PCMLTFR, section 126): it may fall, and not rise


def perturbed(seed: int) -> Shapes:
    """Shapes whose parameters are the usual ones times 0.7 to 1.3; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return replace(USUAL, **{one.name: _moved(getattr(USUAL, one.name), rng) for one in fields(USUAL)})


def _moved(shape: Shape, rng: np.random.Generator) -> Shape:
    changes = {one.name: _times(one.name, getattr(shape, one.name), _factor(rng)) for one in fields(shape)}
    return replace(shape, **changes)


def _factor(rng: np.random.Generator) -> float:
    return float(rng.uniform(1 - SPREAD, 1 + SPREAD))


def _times(name: str, usual: Range | float, factor: float) -> Range | float:
    if name in _BELOW_THE_LAW:
        factor = min(factor, 1.0)
    most = 1.0 if name in _SHARES else float("inf")
    if isinstance(usual, Range):
        return Range(min(usual.low * factor, most), min(usual.high * factor, most))
    return min(usual * factor, most)
