"""What secured loans do on public chains: blocks that only rise, gas that has its price, and attempts that fail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from sources.workload.caas.collateral import Book, Ground
from sources.workload.caas.prices import exactly
from sources.workload.columns import DAY, NEVER, SECOND, Array, Columns, Integers, full, sort_by, stack
from sources.workload.streams import chance, pick, stream

CHAINS = ("ethereum", "base", "arbitrum")
BLOCK_MICROSECONDS = np.array([12 * SECOND, 2 * SECOND, SECOND // 4])
STABLE = {"USD": "USDC", "EUR": "EURC"}

_SHARES = np.array([0.4, 0.35, 0.25])
_GENESIS = 1_438_269_973 * SECOND  # of block 1; the chains' true starts differ, their order is what matters
_GWEI = np.array([14.0, 0.04, 0.08])
_BLOCKS_WAITED = np.array([3.0, 2.0, 6.0])
_GAS = {
    "collateral_locked": 118_000,
    "collateral_added": 84_000,
    "loan_disbursed": 142_000,
    "loan_repaid": 96_000,
    "collateral_released": 91_000,
    "collateral_liquidated": 236_000,
}
_FAILS = 0.03
_DEAR = 1.6  # gas that costs more than its median times this makes attempts fail three times as often
_RETRY = 45 * SECOND


@dataclass(frozen=True)
class _Steps:
    """What is to happen on chain, before anything is sent."""

    position: Integers
    kind: Array
    asset: Array
    quantity: Array
    at: Integers


def chain_rows(seed: int, ground: Ground, book: Book) -> Columns:
    """Rows of chain_events in the order of blocks; a failed attempt is tried again."""
    rng, steps = stream(seed, "caas chain"), _steps(ground, book)
    chain_of = pick(rng, _SHARES, len(book.loan))
    chain = chain_of[steps.position]
    gwei = _GWEI[chain] * np.exp(rng.normal(0, 0.35, len(chain)) + 0.3 * np.sin(steps.at / DAY))
    dear = gwei > _DEAR * _GWEI[chain]
    again = chance(rng, len(chain), np.where(dear, 3 * _FAILS, _FAILS))
    loan = np.array(book.loan, dtype=np.int64)[steps.position]
    count = len(chain)
    rows: Columns = {
        "loan_id": ground.loans.id[loan],
        "chain": np.array(CHAINS, dtype=object)[chain],
        "event_kind": steps.kind,
        "asset": steps.asset,
        "quantity": steps.quantity,
        "gas_used": np.rint(_gas(steps.kind) * np.exp(rng.normal(0, 0.08, count))).astype(np.int64),
        "gas_price": np.array([exactly(value * 1e-9, 18) for value in gwei.tolist()], dtype=object),
        "number": chain,
    }
    block = BLOCK_MICROSECONDS[chain]
    waits = np.ceil(rng.exponential(_BLOCKS_WAITED[chain])).astype(np.int64).clip(1) * block
    good = {**rows, "status": full(count, "succeeded"), "submitted_at": steps.at - waits, "confirmed_at": steps.at}
    before = {name: values[again] for name, values in good.items()}
    before["status"] = full(int(again.sum()), "failed")
    for name in ("submitted_at", "confirmed_at"):
        before[name] = before[name] - _RETRY
    before["gas_used"] = (before["gas_used"] * 0.6).astype(np.int64)
    return _in_blocks(seed, stack([good, before]))


def _in_blocks(seed: int, rows: Columns) -> Columns:
    """Give each its block, whose time is when it was confirmed, and its hash."""
    chain, rows = rows["number"], {name: values for name, values in rows.items() if name != "number"}
    block = BLOCK_MICROSECONDS[chain]
    number = -(-(rows["confirmed_at"] - _GENESIS) // block)
    rows["block_number"] = number
    rows["confirmed_at"] = _GENESIS + number * block
    rows = sort_by(rows, "confirmed_at")
    count = len(number)
    rows["transaction_hash"] = np.array([chain_hash(f"{seed}:{place}") for place in range(count)], dtype=object)
    return rows


def block_at(chain: int, at: int) -> tuple[int, int]:
    """The first block from an instant on, and its own instant."""
    length = int(BLOCK_MICROSECONDS[chain])
    number = -(-(at - _GENESIS) // length)
    return number, _GENESIS + number * length


def chain_hash(text: str) -> str:
    """A transaction's hash: 0x and 64 hexadecimal digits."""
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def _gas(kind: Array) -> Array:
    return np.array([_GAS[name] for name in kind.tolist()])


def _steps(ground: Ground, book: Book) -> _Steps:
    found: list[tuple[int, str, str, Decimal, int]] = []
    added: dict[int, Decimal] = {}
    for position, quantity, at in book.added:
        added[position] = added.get(position, Decimal(0)) + quantity
        found.append((position, "collateral_added", book.asset[position], quantity, at))
    for position, loan in enumerate(book.loan):
        asset, stable = book.asset[position], STABLE[ground.currency[loan]]
        first = book.quantity[position] - added.get(position, Decimal(0))
        lent = Decimal(int(ground.loans.principal[loan])) / 100
        found.append((position, "collateral_locked", asset, first, book.opened[position]))
        found.append((position, "loan_disbursed", stable, lent, int(ground.loans.disbursed[loan])))
        found.extend((position, "loan_repaid", stable, amount, at) for amount, at in _repaid(ground, book, loan))
        if book.closed[position] != NEVER:
            sold = book.status[position] == "liquidated"
            kind = "collateral_liquidated" if sold else "collateral_released"
            found.append((position, kind, asset, book.quantity[position], book.closed[position]))
    return _Steps(
        np.array([step[0] for step in found], dtype=np.int64),
        np.array([step[1] for step in found], dtype=object),
        np.array([step[2] for step in found], dtype=object),
        np.array([step[3] for step in found], dtype=object),
        np.array([step[4] for step in found], dtype=np.int64),
    )


def _repaid(ground: Ground, book: Book, loan: int) -> list[tuple[Decimal, int]]:
    """The instalments that the borrower paid; what a sale pays is the sale's."""
    rows, sold = ground.instalments.of(loan), book.sold.get(loan, (NEVER, True))[0]
    paid, due = ground.instalments.paid_at[rows].tolist(), ground.instalments.due[rows].tolist()
    return [(Decimal(amount) / 100, at) for amount, at in zip(due, paid, strict=True) if at not in {NEVER, sold}]
