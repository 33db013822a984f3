"""`/health/live`, `/health/ready` and `/metrics`, on the service's own port only."""

import orjson
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def _live(_request: Request) -> Response:
    return Response(b'{"status":"live"}', media_type="application/json")


async def _ready(request: Request) -> Response:
    checks = await request.app.state.readiness()
    ready = all(value is True for value in checks.values())
    body = orjson.dumps({"status": "ready" if ready else "not-ready", "checks": checks})
    return Response(body, 200 if ready else 503, media_type="application/json")


async def _metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def add_health(app: FastAPI) -> None:
    """Serve the three; `app.state.readiness` is an async callable giving `{check: True or what is wrong}`."""
    app.router.routes.extend(
        [Route("/health/live", _live), Route("/health/ready", _ready), Route("/metrics", _metrics)]
    )
