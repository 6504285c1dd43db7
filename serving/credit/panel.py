"""The providers of a panel as the marts' copies know them: what they offer to people with such a score, and their health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.credit.providers import ProviderPolicy
from contracts.events import Json
from ml.credit.panel import Provider
from ml.credit.provider_health import HealthFigures, judged, with_terms
from serving.platform.database import Pool

_PUBLISHED = "select exists (select from published_copies where copied_to = 'provider_terms') as is_published"
_THERE = """
    select t.provider_id, t.provider_name, t.rate_pct, t.offered, t.answered as terms_answered, t.quoted_at,
        h.asked, h.answered, h.latency_p95_ms, h.breaker, h.checked_at
    from provider_terms t
    left join provider_health h using (provider_id)
    where t.jurisdiction = %(jurisdiction)s and t.score_from <= %(score)s
        and (t.score_to is null or %(score)s < t.score_to)
    order by t.provider_id
"""


@dataclass(frozen=True)
class Panel:
    """The providers with comparable offers; where there are none, `is_published` says whether any terms are, be it of nobody."""

    providers: tuple[Provider, ...]
    is_published: bool


async def read_panel(
    pool: Pool, jurisdiction: str, score: float | None, policy: ProviderPolicy, now: datetime
) -> Panel:
    """Providers that lend there, their health and terms judged at `now`; without a bureau score nobody's offers are comparable."""
    async with pool.connection() as connection:
        told = await (await connection.execute(_PUBLISHED)).fetchone()
        asked = {"jurisdiction": jurisdiction, "score": score}
        rows = [] if score is None else await (await connection.execute(_THERE, asked)).fetchall()
    providers = tuple(_provider(row, policy, now) for row in rows)
    return Panel(providers, is_published=told is not None and told["is_published"])


def _provider(row: Json, policy: ProviderPolicy, now: datetime) -> Provider:
    figures = HealthFigures(
        row["asked"] or 0, row["answered"] or 0, row["latency_p95_ms"], row["breaker"], row["checked_at"]
    )
    return Provider(
        row["provider_id"],
        row["provider_name"],
        float(row["rate_pct"]),
        row["offered"] / row["terms_answered"],
        row["quoted_at"],
        with_terms(judged(figures, policy.health, now), row["quoted_at"], policy.terms, now),
    )
