"""A provider's breaker: what each health check makes of it (contracts/credit/breakers.yml), and a history of checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from contracts.credit import BreakerPolicy
from sources.workload.caas.market import Market
from sources.workload.columns import DAY, HOUR, MINUTE, Array, Columns, Flags, Integers
from sources.workload.streams import happens, stream

_OUTAGES = 4  # in the history of a provider
_OUTAGE_HOURS = 2.5
_NOTICED_AFTER = 8 * MINUTE  # a request that ran into it has the provider checked at once
_HICCUP = 0.004  # checks that fail without an outage
# When, whether it was healthy, in how many ms; then failures, successes and state of the breaker.
Check = tuple[int, bool, int, int, int, str]
_NEVER_OUT = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True)
class Breaker:
    """Its state, with the failed checks in a row and the good ones since it is half open."""

    state: str = "closed"
    failures: int = 0
    successes: int = 0

    def after(self, policy: BreakerPolicy, *, healthy: bool) -> Breaker:
        """The breaker after one more check; an open one is checked once its time has passed."""
        if not healthy:
            failures = self.failures + 1
            opens = self.state != "closed" or failures >= policy.failures_to_open
            return Breaker("open" if opens else "closed", failures)
        if self.state == "closed":
            return Breaker()
        successes = self.successes + 1
        return Breaker() if successes >= policy.successes_to_close else Breaker("half_open", 0, successes)

    def next_check(self, policy: BreakerPolicy, usual: timedelta) -> timedelta:
        """How long until the next check; `usual` is the time between two of a provider in good health."""
        if self.state == "open":
            return policy.open_for
        return policy.check_again_after if self.state == "half_open" or self.failures else usual


@dataclass(frozen=True)
class Health:
    """Every provider's checks in the order of time, and its outages as [start, end)."""

    checked: tuple[Integers, ...]
    state: tuple[Array, ...]
    outages: tuple[Integers, ...]
    rows: Columns

    def is_open(self, provider: int, at: Integers) -> Flags:
        """Whether the provider's breaker is open at these instants."""
        last = np.searchsorted(self.checked[provider], at, side="right") - 1
        opened: Flags = (last >= 0) & (self.state[provider][last.clip(0)] == "open")
        return opened

    def is_out(self, provider: int, at: Integers) -> Flags:
        """Whether the provider answers nobody at these instants."""
        return _within(self.outages[provider], at)


def build_health(seed: int, market: Market, policy: BreakerPolicy, span: tuple[int, int], usual: timedelta) -> Health:
    """Checks of all providers over a span; whoever has an outage is found by a request that ran into it."""
    histories = [
        _observe(stream(seed, "caas health", provider), policy, span, usual) for provider in market.providers.tolist()
    ]
    checks = [history[0] for history in histories]
    flat = [(market.providers[p], *check) for p, rows in enumerate(checks) for check in rows]
    names = ("provider_id", "checked_at", "is_healthy", "latency_ms", "failures", "successes", "breaker")
    return Health(
        checked=tuple(np.array([check[0] for check in rows], dtype=np.int64) for rows in checks),
        state=tuple(np.array([check[-1] for check in rows], dtype=object) for rows in checks),
        outages=tuple(history[1] for history in histories),
        rows={
            name: np.array(values, dtype=_TYPES.get(name, np.int64))
            for name, values in zip(names, zip(*flat, strict=True), strict=True)
        },
    )


_TYPES = {"provider_id": object, "is_healthy": np.bool_, "breaker": object}


def _observe(
    rng: np.random.Generator, policy: BreakerPolicy, span: tuple[int, int], usual: timedelta
) -> tuple[list[Check], Integers]:
    outages = _outages(rng, span)
    noticed = (outages[:, 0] + rng.exponential(_NOTICED_AFTER, len(outages)).astype(np.int64)).tolist()
    spans, limit = outages.tolist(), policy.time_limit // timedelta(milliseconds=1)
    breaker = Breaker()
    rows: list[Check] = []
    at = span[0] + int(rng.random() * HOUR)
    while at <= span[1]:
        healthy = not (any(start <= at < end for start, end in spans) or happens(rng, _HICCUP))
        breaker = breaker.after(policy, healthy=healthy)
        latency = min(limit - 1, int(np.exp(rng.normal(np.log(90), 0.4)))) if healthy else limit
        rows.append((at, healthy, latency, breaker.failures, breaker.successes, breaker.state))
        due = at + breaker.next_check(policy, usual) // timedelta(microseconds=1)
        found = [instant for instant in noticed if at < instant < due]
        at = found[0] if found and breaker == Breaker() else due
    return rows, outages


def _outages(rng: np.random.Generator, span: tuple[int, int]) -> Integers:
    count = rng.poisson(_OUTAGES)
    if not count:
        return _NEVER_OUT
    start = np.sort(rng.integers(span[0] + DAY, span[1], count))
    hours = np.exp(rng.normal(np.log(_OUTAGE_HOURS), 0.6, count))
    return np.stack([start, start + (hours * HOUR).astype(np.int64)], axis=1)


def _within(outages: Integers, at: Integers) -> Flags:
    inside = (outages[:, 0] <= at[:, None]) & (at[:, None] < outages[:, 1])
    return np.asarray(inside.any(axis=1), dtype=np.bool_)
