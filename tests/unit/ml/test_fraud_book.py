from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.fraud_book import book_features

START = pd.Timestamp("2018-04-07T05:30", tz="UTC")  # a Saturday, at night as the book has it
PAYMENTS = st.lists(
    st.tuples(st.integers(0, 40 * 24), st.integers(0, 2), st.integers(0, 2), st.integers(1, 9), st.booleans()),
    min_size=1,
    max_size=40,
)


def frame(payments: list[tuple[int, int, int, int, bool]]) -> tuple[pd.DataFrame, np.ndarray]:
    """Hour after the start, customer, terminal, amount, fraud."""
    hours, customers, terminals, amounts, fraud = zip(*sorted(payments), strict=True)
    rows = {"occurred_at": [START + timedelta(hours=hour) for hour in hours], "customer_id": customers}
    return pd.DataFrame({**rows, "terminal_id": terminals, "amount": np.array(amounts, dtype=float)}), np.array(fraud)


@given(PAYMENTS)
def test_windows_hold_what_happened_in_them(payments: list[tuple[int, int, int, int, bool]]) -> None:
    rows, fraud = frame(payments)
    told = book_features(rows, fraud)
    hours = ((rows["occurred_at"] - START) // timedelta(hours=1)).to_numpy()
    for row, found in enumerate(told):
        before = np.arange(len(rows)) <= row
        mine = before & (rows["customer_id"] == rows["customer_id"][row]).to_numpy()
        here = before & (rows["terminal_id"] == rows["terminal_id"][row]).to_numpy()
        expected = []
        for days in (1, 7, 30):
            inside = mine & (hours > hours[row] - 24 * days)
            expected += [inside.sum(), rows["amount"][inside].mean()]
        for days in (1, 7, 30):
            inside = here & (hours > hours[row] - 24 * (days + 7)) & (hours <= hours[row] - 24 * 7)
            expected += [inside.sum(), fraud[inside].mean() if inside.any() else 0]
        np.testing.assert_allclose(found[3:], expected, atol=1e-9)


def test_nights_and_weekends_are_told() -> None:
    rows, fraud = frame([(0, 0, 0, 5, False), (2, 0, 0, 5, False), (48, 0, 0, 5, False)])
    assert book_features(rows, fraud)[:, :3].tolist() == [[5, 1, 1], [5, 1, 0], [5, 0, 1]]
