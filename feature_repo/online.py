"""The online store: the latest vector of each key of each declared view, written and read in Feast's layout without Feast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff

from contracts.features import kept_views
from contracts.settings import Settings
from feature_repo.stored_view import is_newer, stored_views
from feature_repo.vectors import ActivityRow, ActivityVector, Place, places

_CONNECT_SECONDS = 0.25
_READ_SECONDS = 0.25  # the fallback answers within a budget of about 80 ms; beyond this it goes on without a vector


class OnlineActivity:
    """Latest vectors in Valkey."""

    def __init__(self, settings: Settings) -> None:
        self._views = stored_views(kept_views())
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

    def write(self, latest: Mapping[Place, ActivityRow]) -> int:
        """Store the vector of each key; gives how many there were.

        Idempotent: one that is not newer than the stored one is passed over. Raises redis.RedisError when Valkey is
        away; writing the same again is safe.
        """
        if not latest:
            return 0
        keys = {(view, value): self._views[view].hash_key(value) for view, value in latest}
        known = self._timestamps(keys)
        with self._client.pipeline(transaction=False) as pipeline:
            for place, row in latest.items():
                if is_newer(row["occurred_at"], known[place]):
                    pipeline.hset(keys[place], mapping=self._views[place[0]].hash_fields(row))  # type: ignore[arg-type]
            pipeline.execute()
        return len(latest)

    def _timestamps(self, keys: Mapping[Place, bytes]) -> dict[Place, bytes | None]:
        with self._client.pipeline(transaction=False) as pipeline:
            for (view, _), key in keys.items():
                pipeline.hget(key, self._views[view].stamp)  # type: ignore[arg-type]
            return dict(zip(keys, pipeline.execute(), strict=True))

    def read(self, view: str, values: Sequence[str]) -> list[ActivityVector | None]:
        """A view's stored vectors in the order asked; None for a key never stored."""
        with self._client.pipeline(transaction=False) as pipeline:
            self._ask(pipeline, [(view, value) for value in values])
            replies = pipeline.execute()
        return [self._views[view].vector(value, reply) for value, reply in zip(values, replies, strict=True)]

    async def read_movement(self, keys: Mapping[str, str | None]) -> dict[str, ActivityVector]:
        """The stored vectors of a movement's keys, given by field, by view, in one round trip.

        Raises redis.RedisError when Valkey is away or slow.
        """
        wanted = places(keys)
        async with self._async_client.pipeline(transaction=False) as pipeline:
            self._ask(pipeline, wanted)
            replies = await pipeline.execute()
        found = {
            view: self._views[view].vector(value, reply) for (view, value), reply in zip(wanted, replies, strict=True)
        }
        return {view: vector for view, vector in found.items() if vector is not None}

    def _ask(self, pipeline: Any, wanted: Iterable[Place]) -> None:  # noqa: ANN401 - a pipeline of either client
        for view, value in wanted:
            stored = self._views[view]
            pipeline.hmget(stored.hash_key(value), stored.fields)

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
