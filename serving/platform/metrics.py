"""Prometheus metrics of the API."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

router = APIRouter(tags=["platform"])

_BUCKETS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 2.5)

REQUESTS = Counter("atalaya_api_requests_total", "Answered requests", ["route", "status"])
SECONDS = Histogram("atalaya_api_request_seconds", "Time to answer", ["route"], buckets=_BUCKETS)
DECISIONS = Counter("atalaya_api_decisions_total", "Decisions told", ["mode", "outcome"])
FALLBACKS = Counter("atalaya_api_fallbacks_total", "Decisions made without the job, by cause", ["cause"])
CREDIT = Counter("atalaya_api_credit_decisions_total", "Credit decisions made", ["product", "outcome"])


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    """The metrics of this process in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
