"""What the endpoints share for the life of the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.models.credit import CreditModelName
from contracts.settings import Settings
from feature_repo.online import OnlineActivity
from ml.champions import ChampionWatch
from serving.decisions.exchange import Exchange
from serving.platform.audit import Audit
from serving.platform.auth import ClientDirectory
from serving.platform.database import Pool
from serving.platform.rules import RulesWatch


@dataclass(frozen=True)
class Platform:
    """The API's connections and models; endpoints reach it as `request.app.state.platform`."""

    settings: Settings
    pool: Pool
    clients: ClientDirectory
    audit: Audit
    exchange: Exchange
    online: OnlineActivity
    fraud: ChampionWatch
    credit: Mapping[CreditModelName, ChampionWatch]
    rules: RulesWatch
