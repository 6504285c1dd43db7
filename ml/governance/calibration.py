"""Whether probabilities are what they say, and what a share of alerts brings: the tables of reliability and of gains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.governance.resampling import Clusters, Values, central, cluster_draws, numbered

Outcomes = npt.NDArray[np.bool_]

# Of the rows, highest score first: finer where alerts are.
_SHARES = (0.005, 0.01, 0.02, 0.05, *(tenth / 10 for tenth in range(1, 11)))
_NEAREST = 1e-6  # to 0 and to 1, where log odds have no end


@dataclass(frozen=True)
class Band:
    """Rows of neighbouring scores, highest first. `expected` is their mean probability, `observed` their share of events.

    `observed_low` and `observed_high` are the ends of its 95 % interval.
    """

    rows: int
    lowest_score: float
    highest_score: float
    expected: float
    observed: float
    observed_low: float
    observed_high: float


@dataclass(frozen=True)
class Calibration:
    """`error` is the expected calibration error over the bands: Naeini, Cooper and Hauskrecht, AAAI 2015.

    It is never negative, so that its interval lies above 0 even where probabilities are right. `slope` (1 is right) and `intercept` (0 is right) are of log odds: Cox, Biometrika 45, 1958.
    """

    bands: tuple[Band, ...]
    error: float
    error_low: float
    error_high: float
    slope: float
    intercept: float

    def metrics(self) -> dict[str, float]:
        """Its figures as a run tells them."""
        return {
            "calibration_error": self.error,
            "calibration_error_low": self.error_low,
            "calibration_error_high": self.error_high,
            "calibration_slope": self.slope,
            "calibration_intercept": self.intercept,
        }


@dataclass(frozen=True)
class Gain:
    """What alerting on the highest scores brings. `captured` is the share of all events, `lift` is `precision` over their rate."""

    share: float
    alerts: int
    events: int
    precision: float
    captured: float
    lift: float


def calibration(scores: Values, outcome: Outcomes, clusters: Clusters) -> Calibration:
    """Over bands of the score, equal scores in one; intervals draw whole clusters (ml.governance.resampling)."""
    places = _places(scores)
    clusters = numbered(clusters)
    count, bands = int(clusters.max()) + 1, int(places.max()) + 1
    cells = clusters * bands + places
    rows, expected, observed = (
        np.bincount(cells, values, minlength=count * bands).reshape(count, bands)
        for values in (np.ones(len(scores)), scores, outcome.astype(np.float64))
    )
    weights = (draw.astype(np.float64) for draw in cluster_draws(clusters))
    drawn = [(draw @ rows, draw @ expected, draw @ observed) for draw in weights]
    totals = (rows.sum(axis=0), expected.sum(axis=0), observed.sum(axis=0))
    low, high = central(np.array([_error(*one) for one in drawn]))
    shares = np.array([np.divide(hits, of, out=np.full(bands, np.nan), where=of > 0) for of, _, hits in drawn])
    slope, intercept = _of_log_odds(scores, outcome)
    told = tuple(_band(scores[places == band], outcome[places == band], shares[:, band]) for band in range(bands))
    return Calibration(told, _error(*totals), low, high, slope, intercept)


def gains(scores: Values, outcome: Outcomes) -> tuple[Gain, ...]:
    """From few alerts to alerting on everything; of equal scores those at the end of a share are taken in part."""
    hits = np.append(0, np.cumsum(outcome[np.argsort(-scores, kind="stable")]))
    events, rate = int(outcome.sum()), float(outcome.mean())
    told = []
    for share in _SHARES:
        alerts = max(round(share * len(scores)), 1)
        precision = float(hits[alerts] / alerts)
        told.append(
            Gain(share, alerts, int(hits[alerts]), precision, float(hits[alerts] / max(events, 1)), precision / rate)
        )
    return tuple(told)


def _places(scores: Values) -> Clusters:
    """The band of each row, from 0 for the highest scores; a band that ties leave empty is none."""
    edges = np.quantile(-scores, _SHARES[:-1])
    found = np.searchsorted(np.unique(edges), -scores, side="left")
    return np.unique(found, return_inverse=True)[1]


def _band(scores: Values, outcome: Outcomes, drawn: Values) -> Band:
    low, high = central(drawn)
    return Band(
        rows=len(scores),
        lowest_score=float(scores.min()),
        highest_score=float(scores.max()),
        expected=float(scores.mean()),
        observed=float(outcome.mean()),
        observed_low=low,
        observed_high=high,
    )


def _error(rows: Values, expected: Values, observed: Values) -> float:
    return float(np.abs(observed - expected).sum() / rows.sum())


def _of_log_odds(scores: Values, outcome: Outcomes) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    shares = np.clip(scores, _NEAREST, 1 - _NEAREST)
    fit = LogisticRegression(C=1e6, max_iter=1000).fit(np.log(shares / (1 - shares)).reshape(-1, 1), outcome)
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])
