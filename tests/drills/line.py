"""Load on a platform, and everybody who says what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from tests.drills.ledger import Scores, disagreements, read_stored
from tests.drills.load import Paced, Questions, Wire, traffic
from tests.drills.movements import Crowd, Json
from tests.drills.platform import Platform, eventually

_SETTLE_SECONDS = 120.0


@dataclass(frozen=True)
class Outage:
    """The longest time without a new score around a kill; moments in seconds since the epoch."""

    killed_at: float
    silent_from: float
    resumed_at: float

    @property
    def seconds(self) -> float:
        """From the kill to the first new score."""
        return self.resumed_at - self.killed_at


@dataclass(frozen=True)
class Line:
    """One run: `questions` may be none."""

    platform: Platform
    run: str
    wire: Wire
    questions: Questions
    scores: Scores
    paced: list[Paced]

    def settle(self) -> None:
        """Wait for the end of the load, then until all agree on every movement; fail with where they do not."""
        for thread in self.paced:
            thread.join()
        self.questions.finish()
        self.wire.flush()
        eventually(self._trouble, _SETTLE_SECONDS)

    def outage(self, killed_at: float) -> Outage:
        """New scores are first ones: what a restart tells again does not count."""
        moments = sorted(told.at for told in self.scores.first().values() if told.at >= killed_at - 1)
        silent_from, resumed_at = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
        return Outage(killed_at, silent_from, resumed_at)

    def _trouble(self) -> Json:
        movements = self.wire.sent.keys() | {answer.movement for answer in self.questions.answers}
        stored = read_stored(self.platform.settings, self.run)
        return disagreements(movements, self.questions.answers, self.scores, stored)


@contextmanager
def under_load(
    platform: Platform, seconds: float, events_per_second: float, questions_per_second: float
) -> Iterator[Line]:
    """Live movements, and questions before commit, for so long."""
    run = f"drill{uuid.uuid4().hex[:8]}"
    wire, scores = Wire(platform.settings.kafka_bootstrap), Scores(platform.settings, run)
    scores.start()
    with platform.api() as client:
        questions = Questions(client, Crowd(f"{run}-q", 2), wire)
        paced = [
            traffic(wire, Crowd(run, 1), events_per_second, seconds),
            questions.paced(questions_per_second, seconds),
        ]
        for thread in paced:
            thread.start()
        try:
            yield Line(platform, run, wire, questions, scores, paced)
        finally:
            scores.close()
