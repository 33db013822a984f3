"""The app factory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.events.asyncapi import asyncapi_document
from common.http import problems
from common.http.health import add_health
from common.http.hot import HotEndpoint, HotReads, HotRoute
from common.http.middleware import Edge
from common.http.routers import API
from common.resources import Resources


def create_app(
    service: str,
    resources: Resources,
    *,
    routers: Sequence[APIRouter],
    hot: Sequence[tuple[str, HotEndpoint]] = (),
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """A service's HTTP API."""

    @asynccontextmanager
    async def nothing(_app: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(
        title=f"AX TECH {service}",
        version="1.0.0",
        lifespan=lifespan or nothing,
        docs_url=None,
        redoc_url=None,
        responses=problems.DECLARED,
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours: common.telemetry
    )
    app.state.resources = resources
    app.state.readiness = resources.readiness
    for router in routers:
        app.router.routes.extend(router.routes)
    app.router.routes.append(_asyncapi_route(service))
    add_health(app)
    problems.register(app)
    problems.declare(app)
    app.state.hot = [HotRoute(API + path, endpoint) for path, endpoint in hot]
    app.add_middleware(HotReads, routes=app.state.hot)
    origins = resources.settings.cors_origins
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["ETag", "Export-Id", "X-Request-Id", "Retry-After"],
        )
    app.add_middleware(Edge, body_limit=resources.settings.body_limit_bytes)
    return app


def _asyncapi_route(service: str) -> Route:
    """`/asyncapi.json`, made when it is first asked for."""

    @cache
    def document() -> bytes:
        return orjson.dumps(asyncapi_document(service))

    async def serve(_request: Request) -> Response:
        return Response(document(), media_type="application/json")

    return Route("/asyncapi.json", serve)
