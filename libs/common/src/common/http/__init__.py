"""What every HTTP API of the platform does the same way."""

from common.http.dependencies import CurrentActor, InternalCaller, RequestSession, allow_callers
from common.http.pages import Cursor, Limit, Page, page_of
from common.http.route import EdgeRoute, edge_route
from common.http.routers import api_router, internal_router
from common.http.schemas import Changes, Schema, UtcDateTime

__all__ = [
    "Changes",
    "CurrentActor",
    "Cursor",
    "EdgeRoute",
    "InternalCaller",
    "Limit",
    "Page",
    "RequestSession",
    "Schema",
    "UtcDateTime",
    "allow_callers",
    "api_router",
    "edge_route",
    "internal_router",
    "page_of",
]
