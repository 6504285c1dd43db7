"""HTTP: the alerts that compliance has to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.rules import Severity
from contracts.rules.active import ActiveRules
from serving.platform.auth import requires
from serving.platform.listing import Listing
from serving.platform.pages import After, Limit, read_cursor
from serving.platform.problems import responses
from serving.platform.texts import Text

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


class Member(BaseModel):
    """A movement that a pattern is made of."""

    transaction_id: str
    leg: str


class Alert(BaseModel):
    """A pattern, once for each typology, window and party."""

    alert_id: str = Field(examples=["CA-STRUCT-001:user-000077:1795305600"])
    rule_id: str
    typology: str = Field(examples=["structuring"])
    severity: Severity
    reason: str | None = Field(description="The rule's text for analysts; null for a rule that is no longer there")
    jurisdiction: str
    app: str
    party_id: str
    account_id: str
    window_started_at: datetime
    transaction_id: str = Field(description="The movement that completed the pattern")
    leg: str
    amount_usd_minor: int
    occurred_at: datetime
    raised_at: datetime
    pack_version: str
    members: list[Member] = Field(
        description="The account's recent movements that the pattern is made of, oldest first"
    )


class AlertPage(BaseModel):
    """Alerts, newest first."""

    alerts: list[Alert]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end")


_LISTING = Listing(
    table="alerts",
    columns=tuple(name for name in Alert.model_fields if name != "reason"),
    moment="raised_at",
    name="alert_id",
)


class AlertFilters(BaseModel):
    """What an alert must be to be listed; filters that are left out let everything through."""

    model_config = ConfigDict(extra="forbid")

    typology: Text | None = None
    severity: Severity | None = None
    jurisdiction: Annotated[str | None, Field(pattern="^[A-Z]{2}$")] = None
    party_id: Text | None = None
    account_id: Text | None = None
    raised_from: AwareDatetime | None = Field(default=None, description="Inclusive, ISO 8601 with a zone.")
    raised_before: AwareDatetime | None = Field(default=None, description="Exclusive, ISO 8601 with a zone.")
    limit: Limit = 50
    cursor: After = None


@router.get("", summary="List alerts", responses=responses(), dependencies=[requires("alerts:read")])
async def list_alerts(request: Request, filters: Annotated[AlertFilters, Query()]) -> AlertPage:
    """Alerts that match every filter given, newest first, page by page."""
    request.state.subject_id = filters.party_id or filters.account_id
    names = ("typology", "severity", "jurisdiction", "party_id", "account_id")
    equal = {name: getattr(filters, name) for name in names}
    span = (filters.raised_from, filters.raised_before)
    platform = request.app.state.platform
    rows, following = await _LISTING.page(platform.pool, equal, span, read_cursor(filters.cursor), filters.limit)
    rules = platform.rules.current()
    return AlertPage(alerts=[_alert(row, rules) for row in rows], next_cursor=following.text() if following else None)


def _alert(row: dict[str, Any], rules: ActiveRules) -> Alert:
    rule = rules.find(row["rule_id"])
    return Alert(**row, reason=rule.reason["en"] if rule else None)
