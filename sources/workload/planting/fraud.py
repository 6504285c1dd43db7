"""Card fraud: one large purchase far from home, terminals that copy the cards put into them, and details that were stolen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import NIGHT, Calendar, later, times_on
from sources.workload.columns import DAY, HOUR, Array, Columns, Floats, Integers, full, height, stack, where
from sources.workload.planting.cases import Planted, planted
from sources.workload.planting.parameters import (
    COMPROMISED_SHARE,
    COMPROMISED_TERMINAL,
    LARGE_AMOUNT,
    LARGE_SHARE,
    STOLEN_CARD,
    STOLEN_SHARE,
    CompromisedTerminal,
    LargeAmount,
    StolenCard,
)
from sources.workload.planting.shapes import Shapes
from sources.workload.streams import chance, choose, money

_FEWEST = 15  # of each kind and system, so that even the smallest world is enough to learn from
COUNTRIES = ("US", "RO", "BR", "RU", "VN")


@dataclass(frozen=True)
class Purchases:
    """Fraudulent purchases in the making; `holder` is a position, `device` None where the card's copy was used."""

    holder: Integers
    at: Integers
    amount: Integers
    device: Array
    ip_country: Array
    terminal: Integers  # position of the place, where the copy was used there; -1 otherwise


@dataclass(frozen=True)
class CardWorld:
    """What a planter sees of one system's card payments: who paid when, where and how much."""

    system: str
    holder: Integers
    place: Integers  # position of what may copy the card: a terminal, or a shop, which has one; -1 for nothing
    at: Integers
    amount: Integers
    zone: Integers  # of each holder
    new_device: Callable[[int], Array]
    render: Callable[[Purchases], Columns]

    def visits(self) -> Integers:
        """The places of the payments that were made at one: busy places as often as they are visited."""
        return self.place[self.place >= 0]

    def usual(self) -> Floats:
        """The mean payment of each holder, the general mean for one without payments."""
        count = np.bincount(self.holder, minlength=len(self.zone))
        total = np.bincount(self.holder, weights=self.amount / 100, minlength=len(self.zone))
        general = total.sum() / max(count.sum(), 1)
        return np.where(count > 0, total / np.maximum(count, 1), general)


def plant_cards(rng: np.random.Generator, world: CardWorld, calendar: Calendar, shapes: Shapes) -> list[Planted]:
    """Every kind of card fraud."""
    return [
        plant_large(rng, world, calendar, shapes.large_amount),
        plant_compromised(rng, world, calendar, shapes.compromised_terminal),
        plant_stolen(rng, world, calendar, shapes.stolen_card),
    ]


def plant_large(
    rng: np.random.Generator, world: CardWorld, calendar: Calendar, shape: LargeAmount = LARGE_AMOUNT
) -> Planted:
    """Single purchases of many times the usual, mostly remote, from a device that the holder never used."""
    count = max(_FEWEST, round(len(world.holder) * LARGE_SHARE))
    victims = world.holder[rng.integers(0, len(world.holder), count)]
    day = rng.integers(1, calendar.days, count)
    remote = chance(rng, count, 0.75)
    usual, visits = world.usual()[victims], world.visits()
    purchases = Purchases(
        holder=victims,
        at=times_on(rng, calendar, day, world.zone[victims], NIGHT),
        amount=money(np.maximum(usual * shape.times.draws(rng, count), shape.least.draws(rng, count)).clip(0, 9500)),
        device=where(remote, world.new_device(count)),
        ip_country=where(remote, choose(rng, COUNTRIES, count)),
        terminal=np.where(remote, -1, visits[rng.integers(0, len(visits), count)]),
    )
    return planted(world.render(purchases), "large_amount", world.system, np.arange(count))


def plant_compromised(
    rng: np.random.Generator, world: CardWorld, calendar: Calendar, shape: CompromisedTerminal = COMPROMISED_TERMINAL
) -> Planted:
    """Terminals that copy cards for some days; the copies are used within days, mostly remotely from the thief's device."""
    wanted = max(_FEWEST, round(len(world.holder) * COMPROMISED_SHARE))
    parts: list[Columns] = []
    cases: list[Integers] = []
    done = 0
    for case in range(wanted * 20):
        if done >= wanted:
            break
        victims, copied_at = _copied(rng, world, calendar)
        if not len(victims):
            continue
        place, victims, copied_at = victims[0], victims[1:], copied_at[1:]
        room = wanted - done + 3
        rows = world.render(_misuse(rng, world, int(place), victims[:room], copied_at[:room], shape))
        parts.append(rows)
        cases.append(np.full(height(rows), case))
        done += height(rows)
    return planted(stack(parts), "compromised_terminal", world.system, np.concatenate(cases))


def stolen_purchases(rng: np.random.Generator, shape: StolenCard = STOLEN_CARD) -> tuple[Floats, Floats]:
    """What a stranger with a card's details pays, the tests first, and after how many hours."""
    tests, purchases = shape.tests.count(rng), shape.purchases.count(rng)
    amounts = np.concatenate([shape.test_amount.draws(rng, tests), shape.amount.draws(rng, purchases)])
    return np.round(amounts, 2), np.sort(rng.random(tests + purchases)) * shape.span.draw(rng)


def plant_stolen(
    rng: np.random.Generator, world: CardWorld, calendar: Calendar, shape: StolenCard = STOLEN_CARD
) -> Planted:
    """Bursts at several merchants without the card, each from one strange device."""
    wanted = max(_FEWEST, round(len(world.holder) * STOLEN_SHARE))
    parts: list[Columns] = []
    cases: list[Integers] = []
    while sum(map(len, cases)) < wanted:
        amounts, hours = stolen_purchases(rng, shape)
        count = len(amounts)
        victim = world.holder[rng.integers(0, len(world.holder), 1)]
        begin = times_on(rng, calendar, rng.integers(1, calendar.days - 1, 1), world.zone[victim], NIGHT)
        purchases = Purchases(
            holder=np.repeat(victim, count),
            at=begin + (hours * HOUR).astype(np.int64),
            amount=money(amounts),
            device=full(count, world.new_device(1)[0]),
            ip_country=full(count, choose(rng, COUNTRIES, 1)[0]),
            terminal=np.full(count, -1),
        )
        parts.append(world.render(purchases))
        cases.append(np.full(count, len(cases)))
    return planted(stack(parts), "stolen_card", world.system, np.concatenate(cases))


def _copied(rng: np.random.Generator, world: CardWorld, calendar: Calendar) -> tuple[Integers, Integers]:
    """A place, then the holders whose cards it copied and when; empty when nobody paid there in those days."""
    visits = world.visits()
    place = visits[rng.integers(0, len(visits))]
    begin = calendar.start + int(rng.integers(2, calendar.days - 6)) * DAY
    end = begin + int(rng.integers(5, 15)) * DAY
    there = np.flatnonzero((world.place == place) & (world.at >= begin) & (world.at < end))
    there = there[chance(rng, len(there), rng.uniform(0.25, 0.6))]
    if not len(there):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([[place], world.holder[there]]), np.concatenate([[0], world.at[there]])


def _misuse(
    rng: np.random.Generator,
    world: CardWorld,
    place: int,
    victims: Integers,
    copied_at: Integers,
    shape: CompromisedTerminal,
) -> Purchases:
    times = 1 + rng.binomial(2, 0.35, len(victims))
    holder, copied_at = np.repeat(victims, times), np.repeat(copied_at, times)
    count = len(holder)
    remote = chance(rng, count, 0.7)
    usual = world.usual()[holder]
    return Purchases(
        holder=holder,
        at=later(rng, copied_at, shape.hours, 0.9),
        amount=money((usual * np.exp(rng.normal(np.log(shape.times), 0.5, count))).clip(20, 4000)),
        device=where(remote, full(count, world.new_device(1)[0])),
        ip_country=where(remote, choose(rng, COUNTRIES, count)),
        terminal=np.where(remote, -1, place),
    )
