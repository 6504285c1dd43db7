"""Live traffic: the same people, now, one database transaction for each business action."""

from sources.workload.live.traffic import Clock, LiveSummary, LiveTraffic, run_live

__all__ = ["Clock", "LiveSummary", "LiveTraffic", "run_live"]
