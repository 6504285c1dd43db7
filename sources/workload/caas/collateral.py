"""Collateral while its loan runs: margin calls, more collateral, and the sale when loan to value reaches its level."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from contracts.credit import CollateralLevels, levels_on
from contracts.money import rate_on
from sources.workload.caas.loans import Instalments, Loans
from sources.workload.caas.prices import DIGITS, Prices, exactly
from sources.workload.caas.requests import Asked
from sources.workload.columns import MINUTE, NEVER, SECOND, Array, Columns, Floats, Integers, named
from sources.workload.streams import happens, stream

_TOPS_UP = 0.6
_LOCKED_BEFORE = 5 * MINUTE  # the loan is paid out
_RELEASED_AFTER = 10 * MINUTE


@dataclass
class Call:
    """A margin call; `price` is a position in the prices, `resolved` an instant."""

    position: int
    owed: int
    quantity: Decimal
    asset: str
    price: int
    at: int
    resolution: str = "open"
    resolved: int = NEVER


@dataclass
class Book:
    """Positions by number, each with its loan; `added` are quantities put in later, with the instant."""

    loan: list[int] = field(default_factory=list)
    asset: list[str] = field(default_factory=list)
    quantity: list[Decimal] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    added: list[tuple[int, Decimal, int]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    sold: dict[int, tuple[int, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What a position is watched with."""

    loans: Loans
    instalments: Instalments
    prices: Prices
    currency: Array  # of each loan
    end: int


def hold_collateral(seed: int, asked: Asked, ground: Ground) -> Book:
    """Walk every secured loan along the prices; instalments of a loan whose collateral is sold are rewritten."""
    rng, book = stream(seed, "caas collateral"), Book()
    for loan in np.flatnonzero(ground.loans.secured).tolist():
        request = ground.loans.request[loan]
        _walk(rng, ground, book, loan, asked.asset[request], asked.quantity[request])
    return book


def _walk(rng: np.random.Generator, ground: Ground, book: Book, loan: int, asset: str, quantity: Decimal) -> None:
    opened = int(ground.loans.disbursed[loan]) - _LOCKED_BEFORE
    position = len(book.loan)
    rows = ground.instalments.of(loan)
    rows = rows[ground.instalments.due[rows] > 0]
    paid = ground.instalments.paid_at[rows]
    repaid = bool((paid != NEVER).all())
    closes = int(paid.max()) + _RELEASED_AFTER if repaid else NEVER
    book.loan.append(loan)
    book.asset.append(asset)
    book.quantity.append(quantity)
    book.opened.append(opened)
    book.closed.append(closes if repaid and closes <= ground.end else NEVER)
    book.status.append("released" if book.closed[-1] != NEVER else "active")
    book.touched.append(closes if book.closed[-1] != NEVER else opened)
    levels = levels_on(asset, datetime.fromtimestamp(opened / SECOND, UTC).date())
    first = int(np.searchsorted(ground.prices.at, ground.loans.disbursed[loan], side="right"))
    last = int(np.searchsorted(ground.prices.at, int(paid.max()) if repaid else ground.end, side="right"))
    owed = _owed(ground, rows, ground.prices.at[first:last])
    rate = float(rate_on(ground.currency[loan], datetime.fromtimestamp(opened / SECOND, UTC).date()).usd_per_unit)
    worth = owed / 100 * rate / ground.prices.rough[asset][first:last]
    _watch(rng, ground, book, (position, first), (worth, owed), levels)


def _owed(ground: Ground, rows: Integers, at: Integers) -> Integers:
    """Principal outstanding at each instant, in hundredths."""
    paid, part = ground.instalments.paid_at[rows], ground.instalments.principal[rows]
    settled = (paid[:, None] <= at[None, :]) & (paid[:, None] != NEVER)
    owed: Integers = part.sum() - (settled * part[:, None]).sum(axis=0)
    return owed


def _watch(
    rng: np.random.Generator,
    ground: Ground,
    book: Book,
    where: tuple[int, int],
    path: tuple[Floats, Integers],
    levels: CollateralLevels,
) -> None:
    """`where` is the position and the first price; `path` the collateral that the loan is worth at each, and what is owed."""
    (position, first), (worth, owed) = where, path
    margin, sale, initial = (
        float(level) for level in (levels.margin_call_ltv, levels.liquidation_ltv, levels.initial_ltv)
    )
    step = 0
    while True:
        ltv = worth / float(book.quantity[position])
        called = step + _first(ltv[step:] >= margin)
        if called >= len(ltv):
            return
        if ltv[called] >= sale:
            _sell(ground, book, position, first + called, int(owed[called]))
            return
        at = ground.prices.at[first + called : first + called + 2].tolist()
        call = Call(position, int(owed[called]), book.quantity[position], book.asset[position], first + called, at[0])
        book.calls.append(call)
        step = called + 1
        if step < len(ltv) and ltv[step] < sale and happens(rng, _TOPS_UP):
            wanted = max(worth[step] / (initial * 0.9), float(book.quantity[position]))
            more = exactly(wanted - float(book.quantity[position]), DIGITS[book.asset[position]])
            book.added.append((position, more, at[1]))
            book.quantity[position] += more
            book.touched[position] = max(book.touched[position], at[1])
            call.resolution, call.resolved = "topped_up", at[1]
            continue
        step += _first((ltv[step:] >= sale) | (ltv[step:] < margin))
        if step >= len(ltv):
            return
        call.resolved = int(ground.prices.at[first + step])
        call.resolution = "liquidated" if ltv[step] >= sale else "recovered"
        if ltv[step] >= sale:
            _sell(ground, book, position, first + step, int(owed[step]))
            return


def _first(holds: Array) -> int:
    """The first place where it holds, the length where nowhere."""
    return int(holds.argmax()) if holds.any() else len(holds)


def _sell(ground: Ground, book: Book, position: int, price: int, owed: int) -> None:
    """The sale pays what it can of the principal owed: one instalment at that instant, a second for what is missing."""
    loan, at = book.loan[position], int(ground.prices.at[price])
    rate = rate_on(ground.currency[loan], datetime.fromtimestamp(at / SECOND, UTC).date()).usd_per_unit
    proceeds = int(book.quantity[position] * ground.prices.exact[book.asset[position]][price] / rate * 100)
    covered = min(owed, proceeds)
    rows, these = ground.instalments.of(loan), ground.instalments
    waiting = rows[(these.paid_at[rows] == NEVER) | (these.paid_at[rows] > at)]
    these.due_at[waiting] = these.changed_at[waiting] = at
    these.principal[waiting], these.due[waiting], these.paid_at[waiting] = 0, 0, NEVER
    these.principal[waiting[:2]] = these.due[waiting[:2]] = (covered, owed - covered)
    these.paid_at[waiting[0]] = at
    book.closed[position] = book.touched[position] = at
    book.status[position] = "liquidated"
    book.sold[loan] = (at, covered == owed)


def collateral_rows(seed: int, ground: Ground, book: Book) -> dict[str, Columns]:
    """Rows of collateral_positions and margin_calls."""
    ids = named(f"position{seed}", np.arange(1, len(book.loan) + 1), 6)
    loan = np.array(book.loan, dtype=np.int64)
    calls = sorted(book.calls, key=lambda call: (call.at, call.position))
    which = np.array([call.position for call in calls], dtype=np.int64)
    called = np.array([call.at for call in calls], dtype=np.int64)
    resolved = np.array([call.resolved for call in calls], dtype=np.int64)
    positions: Columns = {
        "position_id": ids,
        "loan_id": ground.loans.id[loan],
        "asset": np.array(book.asset, dtype=object),
        "quantity": np.array(book.quantity, dtype=object),
        "status": np.array(book.status, dtype=object),
        "opened_at": np.array(book.opened, dtype=np.int64),
        "closed_at": np.array(book.closed, dtype=np.int64),
        "updated_at": np.array(book.touched, dtype=np.int64),
    }
    made: Columns = {
        "margin_call_id": named(f"call{seed}", np.arange(1, len(calls) + 1), 6),
        "position_id": ids[which],
        "outstanding": np.array([call.owed for call in calls], dtype=np.int64),
        "currency": ground.currency[loan[which]],
        "quantity": np.array([call.quantity for call in calls], dtype=object),
        "price": np.array([ground.prices.exact[call.asset][call.price] for call in calls], dtype=object),
        "resolution": np.array([call.resolution for call in calls], dtype=object),
        "called_at": called,
        "resolved_at": resolved,
        "updated_at": np.where(resolved == NEVER, called, resolved),
    }
    return {"collateral_positions": positions, "margin_calls": made}
