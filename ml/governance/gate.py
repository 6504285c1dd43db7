"""The promotion gate: named conditions, each with what was asked and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """One condition of the gate, told in words."""

    name: str
    holds: bool
    found: float
    wanted: str


@dataclass(frozen=True)
class Gate:
    """The verdict on a challenger: champion only when every condition holds."""

    conditions: tuple[Condition, ...]

    @property
    def passed(self) -> bool:
        """Whether the challenger may be served."""
        return all(condition.holds for condition in self.conditions)

    def failures(self) -> tuple[str, ...]:
        """The conditions that do not hold, for a person to read."""
        return tuple(
            f"{condition.name} is {condition.found:.6g}, wanted {condition.wanted}"
            for condition in self.conditions
            if not condition.holds
        )


def at_least(name: str, found: float, wanted: float) -> Condition:
    """Holds when `found` reaches `wanted`."""
    return Condition(name, found >= wanted, found, f"at least {wanted:.6g}")


def at_most(name: str, found: float, wanted: float) -> Condition:
    """Holds when `found` stays within `wanted`."""
    return Condition(name, found <= wanted, found, f"at most {wanted:.6g}")
