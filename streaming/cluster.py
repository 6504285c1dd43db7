"""The Flink cluster as we ask it over REST: is our job there, does it move on, what failed."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from contracts.errors import PermanentError, TransientError

JOB_NAME = "decisions"

Json = dict[str, Any]

_TIMEOUT_SECONDS = 15
_POLL_SECONDS = 0.25
_ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Cluster:
    """A session cluster by the address of its REST interface."""

    url: str

    def job(self) -> str | None:
        """The id of our job that has not ended; None when there is none."""
        jobs: list[Json] = self._call("/jobs/overview")["jobs"]
        ours = [job for job in jobs if job["name"] == JOB_NAME and job["state"] not in _ENDED]
        return str(max(ours, key=lambda job: job["start-time"])["jid"]) if ours else None

    def fingerprint(self, job: str) -> str:
        """What `submit` wrote into a job's parameters, to know whether it runs today's code and contracts."""
        parameters: Json = self._call(f"/jobs/{job}/config").get("execution-config", {}).get("user-config", {})
        return str(parameters.get("atalaya.fingerprint", ""))

    def await_progress(self, job: str, seconds: float, *, fresh: bool = False) -> None:
        """Wait until every task runs and one more checkpoint is complete; any will do for a `fresh` job.

        Raises PermanentError when the job ends, TransientError when time is up; both name the job's own root cause.
        """
        deadline = time.monotonic() + seconds
        completed = 0 if fresh else None
        while time.monotonic() < deadline:
            state = self._call(f"/jobs/{job}")
            if state["state"] in _ENDED:
                raise PermanentError(f"The job {JOB_NAME} is {state['state']}. {self.root_cause(job)}")
            if self._runs(state):
                count = int(self._call(f"/jobs/{job}/checkpoints")["counts"]["completed"])
                if completed is not None and count > completed:
                    return
                completed = count if completed is None else completed
            time.sleep(_POLL_SECONDS)
        raise TransientError(f"The job {JOB_NAME} makes no progress after {seconds:.0f} s. {self.root_cause(job)}")

    def root_cause(self, job: str) -> str:
        """The first lines of what Flink says went wrong last; empty when it says nothing."""
        entries = self._call(f"/jobs/{job}/exceptions").get("exceptionHistory", {}).get("entries", [])
        if not entries:
            return ""
        causes = [line for line in str(entries[0]["stacktrace"]).splitlines() if not line.startswith("\tat")]
        return " / ".join(causes[:1] + causes[-1:] if len(causes) > 1 else causes)

    def state(self, job: str) -> str:
        """Flink's word for what a job is doing."""
        return str(self._call(f"/jobs/{job}")["state"])

    def has_ended(self, job: str) -> bool:
        """Whether a job will do nothing more."""
        return self.state(job) in _ENDED

    def waiting(self, job: str) -> int:
        """How many movements and labels the job has taken in and holds until all that was written before them is there."""
        return self.total(job, "waiting")

    def total(self, job: str, metric: str) -> int:
        """A metric of the kernel's stages (`EntityStage`), over all of them and their tasks.

        Flink answers with what it knew when it was asked before, or up to `Settings.metrics_age_millis` older: what holds now is
        known by asking again after that.
        """
        found = 0.0
        for vertex in self._call(f"/jobs/{job}")["vertices"]:
            place = f"/jobs/{job}/vertices/{vertex['id']}/subtasks/metrics"
            names = [one["id"] for one in self._call(place) if one["id"].endswith(f".{metric}")]
            if names:
                wanted = urllib.parse.quote(",".join(names))
                found += sum(one["sum"] for one in self._call(f"{place}?get={wanted}&agg=sum"))
        return round(found)

    def cancel(self, job: str) -> None:
        """Have a job end where it is; nothing of it is kept. One that has ended stays as it is."""
        if not self.has_ended(job):
            self._call(f"/jobs/{job}?mode=cancel", method="PATCH")

    def stop_with_savepoint(self, job: str, directory: str, seconds: float) -> str:
        """Stop the job and return where its savepoint is; raises TransientError when it does not come about."""
        body = {"targetDirectory": directory, "drain": False, "formatType": "CANONICAL"}
        trigger = self._call(f"/jobs/{job}/stop", body)["request-id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self._call(f"/jobs/{job}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                location = answer["operation"].get("location")
                if location is None:
                    raise TransientError(f"The savepoint failed: {answer['operation'].get('failure-cause')}")
                return str(location)
            time.sleep(_POLL_SECONDS)
        raise TransientError(f"No savepoint after {seconds:.0f} s.")

    def _runs(self, state: Json) -> bool:
        return state["state"] == "RUNNING" and all(vertex["status"] == "RUNNING" for vertex in state["vertices"])

    def _call(self, path: str, body: Json | None = None, method: str | None = None) -> Any:  # noqa: ANN401 - an object; a list where metrics are asked for
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the address is the settings'
            self.url + path, data=data, headers={"Content-Type": "application/json"}, method=method
        )
        try:
            with _DIRECT.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read() or b"{}")
        except (OSError, urllib.error.URLError) as error:
            raise TransientError(f"Flink does not answer at {self.url}{path}: {error}.") from error
