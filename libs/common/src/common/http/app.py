"""The app factory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from common.events.asyncapi import asyncapi_document
from common.http import problems
from common.http.health import add_health
from common.http.hot import HotEndpoint, HotReads, HotRoute
from common.http.middleware import Edge
from common.resources import Resources

API = "/api/v1"


def create_app(
    service: str,
    resources: Resources,
    *,
    routers: Sequence[APIRouter],
    internal: Sequence[APIRouter] = (),
    root: Sequence[APIRouter] = (),
    hot: Sequence[tuple[str, HotEndpoint]] = (),
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """A service's HTTP API.

    `routers` are mounted under `/api/v1`, `internal` under `/internal/v1` (service tokens only), `root` at the root.
    """

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
    app.router.routes.extend(_routes(routers, internal, root))
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


_built: dict[tuple[int, ...], list[BaseRoute]] = {}
"""By the routers they are of, which they keep alive."""


def _routes(routers: Sequence[APIRouter], internal: Sequence[APIRouter], root: Sequence[APIRouter]) -> list[BaseRoute]:
    """A service's routes, each where it belongs; what FastAPI builds of them at first use serves later apps too."""
    key = tuple(map(id, (*routers, None, *internal, None, *root)))
    if key not in _built:
        together = APIRouter(responses=problems.DECLARED)
        for router in routers:
            together.include_router(router, prefix=API)
        for router in internal:
            together.include_router(router, prefix="/internal/v1", include_in_schema=False)
        for router in root:
            together.include_router(router)
        _built[key] = together.routes
    return _built[key]


def _asyncapi_route(service: str) -> Route:
    """`/asyncapi.json`, made when it is first asked for."""

    @cache
    def document() -> bytes:
        return orjson.dumps(asyncapi_document(service))

    async def serve(_request: Request) -> Response:
        return Response(document(), media_type="application/json")

    return Route("/asyncapi.json", serve)
