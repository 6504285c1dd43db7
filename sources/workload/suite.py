"""The payments suite's part of a world: merchants with their card payments, chargebacks, invoices and books."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import full, height, sort_by, stack, take
from sources.workload.invoices import build_invoices
from sources.workload.journal import books, capital, chart_rows
from sources.workload.labels import chargebacks, numbered
from sources.workload.merchants import build_merchants, merchant_payments, merchant_rows
from sources.workload.movements import Numbers
from sources.workload.planting.fraud import plant_cards
from sources.workload.planting.shapes import USUAL, Shapes
from sources.workload.planting.worlds import merchant_world
from sources.workload.sizes import Size
from sources.workload.streams import stream
from sources.workload.system import Built, identify, marks, truth_rows


def build_suite(seed: int, size: Size, calendar: Calendar, shapes: Shapes = USUAL) -> Built:
    """Merchants, their payments, chargebacks, invoices and books; frauds in these shapes."""
    merchants = build_merchants(seed, size)
    rng, numbers = stream(seed, "planted in payments"), Numbers()
    paid = merchant_payments(seed, merchants, calendar, size.payments)
    paid["movement"] = numbers.take(height(paid))
    ground = merchant_world(seed, rng, merchants, paid, numbers)
    plants = plant_cards(rng, ground, calendar, shapes)
    rows = stack([paid, *(plant.rows for plant in plants)])
    rows = sort_by(take(rows, calendar.within(rows["occurred_at"])), "occurred_at")
    rows["payment_id"] = identify(f"pay{seed}", rows["movement"])
    kind, case = marks(rows["movement"], plants)
    back, known = chargebacks(seed, rows, kind, calendar.end)
    invoices, billed = build_invoices(seed, merchants, calendar, size.invoices)
    others = [capital(merchants, calendar.start), *billed]
    entries, lines = books(seed, rows, back, others, calendar.end)
    seen = {
        **rows,
        "transaction_id": rows["payment_id"],
        "leg": full(height(rows), "debit"),
        "attempt": np.ones(height(rows), dtype=np.int64),
        "account_id": rows["card_account_id"],
        "party_id": rows["customer_id"],
    }
    tables = {
        **merchant_rows(seed, merchants, calendar),
        "payments": rows,
        "chargebacks": numbered(back, "chargeback_id", f"chargeback{seed}"),
        "chart_of_accounts": chart_rows(merchants),
        "invoices": invoices,
        "journal_entries": entries,
        "journal_lines": lines,
    }
    return Built(tables, truth_rows("finflow", seen, kind, case, known))
