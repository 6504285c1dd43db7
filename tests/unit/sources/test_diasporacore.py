"""What stands beside the credit unions' movements: quotes within their lock, partners, tiers that bind, documents."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from contracts.money import rate_on
from contracts.remittances import load_remittance_policy
from sources.workload.columns import Columns
from tests.unit.sources.worlds import AS_OF, world

LOCK = load_remittance_policy().quote_lock


def table(name: str, size: str = "small") -> Columns:
    return world(7, size).tables["diasporacore", name]


def test_tiers_are_those_of_the_platforms_policy() -> None:
    tiers = load_remittance_policy().tiers
    assert [one.tier for one in tiers] == list(range(4))
    assert [one.monthly_usd for one in tiers] == [500, 5_000, 25_000, None]
    assert all(one.daily_usd < one.monthly_usd for one in tiers if one.daily_usd and one.monthly_usd)
    assert LOCK.total_seconds() == 1800


def test_every_order_takes_a_quote_of_its_own_at_its_rate_before_the_lock_ends() -> None:
    orders, quotes = table("remittance_orders"), table("fx_quotes")
    place = {name: row for row, name in enumerate(quotes["quote_id"].tolist())}
    taken = np.array([place[name] for name in orders["quote_id"].tolist()])
    assert len(set(taken.tolist())) == len(taken) < len(quotes["quote_id"])
    for name in ("tenant_id", "user_id", "corridor", "fx_rate"):
        assert (quotes[name][taken] == orders[name]).all()
    assert (quotes["quoted_at"][taken] <= orders["created_at"]).all()
    assert (orders["created_at"] <= quotes["expires_at"][taken]).all()
    assert set((quotes["expires_at"] - quotes["quoted_at"]).tolist()) == {int(LOCK.total_seconds() * 1_000_000)}


def test_a_quote_keeps_its_corridors_spread_of_the_reference_rate() -> None:
    quotes = table("fx_quotes")
    kept = 100 * (1 - quotes["fx_rate"] / quotes["reference_rate"])
    np.testing.assert_allclose(kept, quotes["spread_pct"], atol=1e-3)


def test_partners_pay_in_the_corridors_country_and_an_order_passes_them_before_it_is_paid() -> None:
    orders, partners, steps = (
        table(name) for name in ("remittance_orders", "remittance_partners", "remittance_status_log")
    )
    country = dict(zip(partners["partner_id"], partners["to_country"], strict=True))
    pairs = zip(orders["partner_id"], orders["corridor"], strict=True)
    assert all(corridor == f"CA-{country[partner]}" for partner, corridor in pairs)
    at = {
        (order, status): moment
        for order, status, moment in zip(steps["remittance_order_id"], steps["status"], steps["logged_at"], strict=True)
    }
    for order, status, created, completed in zip(
        orders["remittance_order_id"], orders["status"], orders["created_at"], orders["completed_at"], strict=True
    ):
        assert created < at[order, "sent"]
        if status == "paid":
            assert at[order, "sent"] < at[order, "paid"] == completed


def test_members_keep_to_their_tiers_limits_but_for_a_few_known_exceptions() -> None:
    users, orders = table("users"), table("remittance_orders")
    tier = dict(zip(users["user_id"], users["kyc_tier"].tolist(), strict=True))
    usd = float(rate_on("CAD", AS_OF.date()).usd_per_unit)
    sent: dict[tuple[str, str], float] = defaultdict(float)
    for user, amount, at in zip(orders["user_id"], orders["amount"], orders["created_at"], strict=True):
        day = str(np.datetime64(int(at), "us").astype("datetime64[D]"))
        sent[user, day] += amount / 100 * usd
        sent[user, day[:7]] += amount / 100 * usd
    limits = load_remittance_policy().tiers
    over = set()
    for (user, period), total in sent.items():
        limit = limits[tier[user]].monthly_usd if len(period) == 7 else limits[tier[user]].daily_usd
        if limit is not None and total > limit + 0.005:
            over.add(user)
    assert 0 < len(over) < len(tier) / 100


def test_a_verified_document_stands_behind_every_tier() -> None:
    users, documents = table("users"), table("kyc_documents")
    proven: dict[str, int] = defaultdict(int)
    for user, status, grants in zip(
        documents["user_id"], documents["status"], documents["grants_tier"].tolist(), strict=True
    ):
        if status == "verified":
            proven[user] = max(proven[user], grants)
    assert all(proven[user] == tier for user, tier in zip(users["user_id"], users["kyc_tier"].tolist(), strict=True))


def test_points_follow_what_the_application_says() -> None:
    factors, loans = table("credit_score_factors"), table("loans")
    income = dict(zip(loans["loan_id"], loans["applied_income"].tolist(), strict=True))
    of_income = factors["factor"] == "income"
    rows = sorted(
        zip(factors["loan_id"][of_income], factors["points"][of_income], strict=True), key=lambda one: income[one[0]]
    )
    points = [int(point) for _, point in rows]
    assert points == sorted(points)
    assert points[0] < 0 < points[-1]
