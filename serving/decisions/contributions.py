"""What a score was made of: each feature's share of the log-odds, in an analyst's words, and the reasons that they add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from pydantic import BaseModel, Field

from contracts.features import Feature, load_feature_views
from contracts.models import ReasonGroup, fraud_model
from ml.champions import Champion
from ml.fraud.attribution import attributor

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


class Contribution(BaseModel):
    """What one feature added to the log-odds of fraud: above 0 it spoke for fraud, below 0 against it."""

    feature: str = Field(examples=["account__sum_debit_24h"])
    reason: str | None = Field(
        description="Code of the reason that it belongs to; null for an input that only an earlier model read",
        examples=["amount"],
    )
    value: float | None = Field(description="As logged with the decision; null is missing, which the model reads too")
    unit: str = Field(examples=["usd_minor"])
    analyst: str = Field(examples=["Money out in the last day: USD 1,250.00"])
    log_odds: float = Field(examples=[0.73])


class Explanation(BaseModel):
    """The score taken apart, exactly: `base_log_odds` and all contributions' `log_odds` add up to `log_odds`.

    They are Shapley values of the model's trees over its training data; calibration is inside, so that
    1 / (1 + exp(-log_odds)) is the decision's `score` (both to 1e-6: the score is computed in float32).
    """

    model_version: str = Field(description="The version that decided, also where another is champion now")
    base_log_odds: float = Field(description="The model's mean over its training data")
    log_odds: float
    contributions: list[Contribution] = Field(description="Every input of the model, largest influence first")


def take_apart(features: Mapping[str, float | None], champion: Champion) -> Explanation | None:
    """The score of one decision's features by the model that decided; None for an artefact that cannot tell."""
    model = attributor(champion.content)
    if model is None:
        return None
    found = model.attribute(champion.vector(dict(features)))
    told = [
        _contribution(name, features.get(name), float(added))
        for name, added in zip(champion.features, found.added, strict=True)
    ]
    return Explanation(
        model_version=champion.version,
        base_log_odds=found.base,
        log_odds=found.log_odds,
        contributions=sorted(told, key=lambda one: -abs(one.log_odds)),
    )


def strongest_reasons(explanation: Explanation) -> list[tuple[ReasonGroup, str]]:
    """The declared reasons that spoke most for fraud, each with its analyst's words: its sum, and what it is made of."""
    by_code: dict[str | None, list[Contribution]] = {}
    for one in explanation.contributions:
        by_code.setdefault(one.reason, []).append(one)
    declared = fraud_model().reasons
    sums = {code: sum(one.log_odds for one in members) for code, members in by_code.items()}
    speaking = [group for group in declared.groups if sums.get(group.code, 0.0) > 0]
    speaking.sort(key=lambda group: -sums[group.code])
    return [(group, _words(group, sums[group.code], by_code[group.code])) for group in speaking[: declared.most]]


def _words(group: ReasonGroup, total: float, members: list[Contribution]) -> str:
    parts = [f"{one.analyst} ({one.log_odds:+.2f})" for one in members if one.log_odds > 0]
    return f"{group.analyst}: {total:+.2f} log-odds. {'; '.join(parts)}"


def _contribution(name: str, value: float | None, added: float) -> Contribution:
    feature = _declared().get(name)
    unit = feature.unit if feature else ""
    description = feature.description if feature else name
    group = fraud_model().reasons.group_of(name)
    return Contribution(
        feature=name,
        reason=group.code if group else None,
        value=value,
        unit=unit,
        analyst=f"{description}: {in_words(value, unit)}",
        log_odds=added,
    )


@cache
def _declared() -> dict[str, Feature]:
    return {feature.name: feature for view in load_feature_views() for feature in view.features}


def in_words(value: float | None, unit: str) -> str:
    """A feature's value as a person reads it; units as contracts/features writes them."""
    return "unknown" if value is None else _WORDS.get(unit, _number)(value)


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _duration(seconds: float) -> str:
    size, name = next(((size, name) for size, name in _SPANS if seconds >= size), _SPANS[-1])
    return f"{seconds / size:.1f} {name}".replace(".0 ", " ")


_WORDS: dict[str, Callable[[float], str]] = {
    "usd_minor": lambda value: f"USD {value / 100:,.2f}",
    "flag": lambda value: "yes" if value else "no",
    "hour": lambda value: f"{value:.0f}:00 UTC",
    "day": lambda value: _DAYS[int(value)],
    "seconds": _duration,
    "ratio": lambda value: f"{value:.3g}",
}
