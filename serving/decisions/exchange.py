"""Request and reply with the job: a movement goes to `scoring.requests`, its decision comes back to our own partition.

Asyncio and aiokafka, no thread: each waiting request is a future by the id of its event. A reply that nobody waits for
any more is dropped here; the job also tells it on `transaction.scores`, from where the recorder stores it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from contracts.errors import TransientError
from serving.platform.background import Background

logger = logging.getLogger(__name__)

REQUESTS, REPLIES = "scoring.requests", "scoring.replies"

_RETRY_SECONDS = 1.0
_CALL_MS = 3000
_FETCH_WAIT_MS = 20  # with 500 ms the 99th percentile was 95 ms in the trial, with 20 ms 8 ms


class Exchange:
    """Asks the job. It connects by itself as soon as Kafka is there; until then asking raises TransientError."""

    def __init__(self, bootstrap: str, partition: int) -> None:
        self._bootstrap = bootstrap
        self._partition = partition
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._background = Background(self._run)

    def start(self) -> None:
        """Begin to connect and to listen."""
        self._background.start()

    async def close(self) -> None:
        """End listening and give the connections back."""
        await self._background.close()
        await self._disconnect()

    def new_id(self) -> str:
        """The id of a request's event: every asking is an event of its own, the movement is what is decided once."""
        return uuid.uuid4().hex

    async def ask(self, event: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The job's decision (transaction.scored.v1 data) on an event, whose `id` the reply repeats.

        Raises TimeoutError when it does not come in time, TransientError when Kafka is not there.
        """
        producer = self._producer
        if producer is None:
            raise TransientError("Kafka is not connected.")
        asked = {**event, "replyto": self._partition}
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[event["id"]] = reply
        try:
            async with asyncio.timeout(seconds):
                await producer.send(REQUESTS, orjson.dumps(asked), event["data"]["account_id"].encode())
                return await reply
        except KafkaError as error:
            raise TransientError(f"Kafka refused the request: {type(error).__name__}.") from error
        finally:
            del self._waiting[event["id"]]

    async def publish(self, topic: str, key: str, event: dict[str, Any]) -> None:
        """Hand an event to Kafka and wait until it is kept; raises TransientError when it is not."""
        if self._producer is None:
            raise TransientError("Kafka is not connected.")
        try:
            await self._producer.send_and_wait(topic, orjson.dumps(event), key.encode())
        except KafkaError as error:
            raise TransientError(f"Kafka refused the event: {type(error).__name__}.") from error

    async def check(self) -> None:
        """Raise TransientError unless Kafka tells about our topics."""
        if self._producer is None:
            raise TransientError("Kafka is not connected.")
        metadata = await self._producer.client.fetch_all_metadata()
        missing = {REQUESTS, REPLIES} - set(metadata.topics())
        if missing:
            raise TransientError(f"Kafka has no topic {', '.join(sorted(missing))}.")

    async def _run(self) -> None:
        told = False
        while True:
            try:
                consumer = await self._connect()
                logger.info("Kafka is connected")
                told = False
                await self._listen(consumer)
            except (KafkaError, OSError) as error:
                logger.log(logging.DEBUG if told else logging.WARNING, "Kafka is away: %s", type(error).__name__)
                told = True
            await self._disconnect()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            auto_offset_reset="latest",
            enable_auto_commit=False,
            request_timeout_ms=_CALL_MS,
        )
        self._consumer = consumer
        await consumer.start()
        place = TopicPartition(REPLIES, self._partition)
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks=1, linger_ms=0, request_timeout_ms=_CALL_MS, retry_backoff_ms=50
        )
        try:
            await producer.start()
            await producer.partitions_for(REQUESTS)  # learnt now, so that the first request need not wait for it
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return consumer

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        async for message in consumer:
            self._take(message.value)

    def _take(self, value: bytes) -> None:
        try:
            event = orjson.loads(value)
            waiting = self._waiting.get(event["id"])
            data: dict[str, Any] = event["data"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            logger.warning("a reply was no decision; dropped")
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(data)

    async def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        consumer, self._consumer = self._consumer, None
        for part in (producer, consumer):
            if part is not None:
                with suppress(KafkaError, OSError, asyncio.CancelledError):
                    await part.stop()
