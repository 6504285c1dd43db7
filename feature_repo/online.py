"""The online store of account activity: written in batches through Feast, read straight from Valkey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff

from contracts.features import INTEGERS, feature_view
from contracts.settings import Settings
from feature_repo.layout import decode_number, decode_timestamp, entity_key, feature_field, timestamp_field

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig
    from feast.infra.online_stores.redis import RedisOnlineStore

_PROJECT = "atalaya"
_VIEW = "account_activity"
_CONNECT_SECONDS = 0.25
_READ_SECONDS = 0.25  # the fallback answers within a budget of about 80 ms; beyond this it goes on without a vector


class ActivityRow(TypedDict):
    """One vector to write; `features` may hold more than the view declares."""

    account_id: str
    occurred_at: datetime
    features: Mapping[str, float | int | None]


@dataclass(frozen=True)
class ActivityVector:
    """The last stored activity of an account; None where a feature is undefined."""

    account_id: str
    occurred_at: datetime
    features: dict[str, float | None]

    def age(self, moment: datetime) -> timedelta:
        """How old the vector is at a moment, in business time; never negative."""
        return max(moment - self.occurred_at, timedelta(0))


def latest_rows(rows: Iterable[ActivityRow]) -> list[ActivityRow]:
    """The row that was taken last for each account at its latest business time."""
    latest: dict[str, ActivityRow] = {}
    for row in rows:
        known = latest.get(row["account_id"])
        if known is None or row["occurred_at"] >= known["occurred_at"]:
            latest[row["account_id"]] = row
    return list(latest.values())


class OnlineActivity:
    """Latest vector per account. Reading never imports Feast; the first write does, once (5 CPU seconds)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._view = feature_view(_VIEW)
        self._names = [feature.name for feature in self._view.features]
        self._fields = [feature_field(_VIEW, name) for name in self._names]
        self._integers = {feature.name for feature in self._view.features if feature.aggregate in INTEGERS}
        host, _, port = settings.valkey_url.partition(":")
        connection: dict[str, Any] = {
            "host": host,
            "port": int(port),
            "password": settings.secret("valkey").get_secret_value(),
            "socket_connect_timeout": _CONNECT_SECONDS,
        }
        self._client = Redis(**connection)
        # Valkey's client waits seconds between three tries unless told otherwise, and a decision cannot.
        no_retry = AsyncRetry(NoBackoff(), 0)
        self._async_client = AsyncRedis(**connection, socket_timeout=_READ_SECONDS, retry=no_retry)
        self._feast: tuple[RedisOnlineStore, RepoConfig, FeatureView] | None = None

    def write(self, rows: Iterable[ActivityRow]) -> int:
        """Store the latest vector of each account among `rows`; gives how many accounts that were.

        Idempotent: Feast skips a vector that is not newer than the stored one. Raises redis.RedisError when Valkey
        is away; writing the same rows again is safe.
        """
        latest = latest_rows(rows)
        if latest:
            store, config, view = self._open_feast()
            store.online_write_batch(config, view, [self._as_feast(row) for row in latest], None)
        return len(latest)

    def read(self, account_ids: Sequence[str]) -> list[ActivityVector | None]:
        """The stored vectors in the order asked; None for an account never stored."""
        with self._client.pipeline(transaction=False) as pipeline:
            for account_id in account_ids:
                pipeline.hmget(self._key(account_id), self._hash_fields())  # type: ignore[arg-type]
            replies = pipeline.execute()
        return [self._vector(account_id, reply) for account_id, reply in zip(account_ids, replies, strict=True)]

    async def read_async(self, account_id: str) -> ActivityVector | None:
        """The stored vector of one account; raises redis.RedisError when Valkey is away or slow."""
        pending: Any = self._async_client.hmget(self._key(account_id), self._hash_fields())  # type: ignore[arg-type]
        reply: list[bytes | None] = await pending
        return self._vector(account_id, reply)

    async def ping(self) -> None:
        """Raise redis.RedisError unless Valkey answers."""
        pending: Any = self._async_client.ping()
        await pending

    def close(self) -> None:
        """Give the synchronous connections back."""
        self._client.close()

    async def close_async(self) -> None:
        """Give all connections back."""
        self.close()
        await self._async_client.aclose()

    def _key(self, account_id: str) -> bytes:
        return entity_key(_PROJECT, self._view.key, account_id)

    def _hash_fields(self) -> list[Any]:
        return [*self._fields, timestamp_field(_VIEW)]

    def _vector(self, account_id: str, reply: Sequence[bytes | None]) -> ActivityVector | None:
        *values, stamp = reply
        if stamp is None:
            return None
        features = {name: decode_number(value) for name, value in zip(self._names, values, strict=True)}
        return ActivityVector(account_id, decode_timestamp(stamp), features)

    def _as_feast(self, row: ActivityRow) -> tuple[Any, dict[str, Any], datetime, None]:
        from feast.protos.feast.types.EntityKey_pb2 import EntityKey  # noqa: PLC0415 - Feast costs 5 s to import
        from feast.protos.feast.types.Value_pb2 import Value  # noqa: PLC0415

        values = {}
        for name in self._names:
            number = row["features"].get(name)
            if number is None:
                values[name] = Value()
            elif name in self._integers:
                values[name] = Value(int64_val=int(number))
            else:
                values[name] = Value(double_val=float(number))
        key = EntityKey(join_keys=[self._view.key], entity_values=[Value(string_val=row["account_id"])])
        return key, values, row["occurred_at"], None

    def _open_feast(self) -> tuple[RedisOnlineStore, RepoConfig, FeatureView]:
        if self._feast is None:
            from feast.infra.online_stores.redis import RedisOnlineStore  # noqa: PLC0415 - Feast costs 5 s to import

            from feature_repo.definitions import activity_view  # noqa: PLC0415
            from feature_repo.store import repository_config  # noqa: PLC0415

            config = repository_config(self._settings, registry=False)
            self._feast = RedisOnlineStore(), config, activity_view(self._settings)
        return self._feast
