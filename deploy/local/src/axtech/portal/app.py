"""What the portal serves, by the path the gateway asks for.

`/page/…` is what no service takes: the page at `/`, the documents of each service made readable, the map of events,
404 for the rest. `/errors/<status>` is the envelope for an error the gateway met. Any other path was meant for a
service that is down: 503.

Swagger UI and the AsyncAPI viewer come out of Python packages: a browser loads nothing from anywhere else, and nothing
that stands in a page itself, which the gateway's content security policy would not run.
"""

from importlib import metadata, resources
from pathlib import Path
from string import Template

from common import context
from common.clock import now
from common.errors import ErrorBody, ErrorEnvelope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from axtech.gateway.routes import Routes
from axtech.portal.map import drawing, readers

_FILES = Path(__file__).parent
_SWAGGER = Path(str(resources.files("swagger_ui"))) / "static"
_VIEWER = Path(str(resources.files("asyncapi_viewer"))) / "static"
_ASSETS = {
    "swagger-ui.css": _SWAGGER / "swagger-ui.css",
    "swagger-ui-bundle.js": _SWAGGER / "swagger-ui-bundle.js",
    "asyncapi-viewer.js": _VIEWER / "asyncapi-viewer.js",
    "reference.js": _FILES / "reference.js",
}
_ERRORS = {
    404: ("SYS_ROUTE_NOT_FOUND", "Not Found"),
    413: ("VAL_BODY_TOO_LARGE", "The body is larger than the gateway accepts"),
    429: ("SYS_RATE_LIMITED", "Too many requests from this address"),
    502: ("SYS_BAD_GATEWAY", "The service gave no valid answer"),
    503: ("SYS_UNAVAILABLE", "The service is temporarily unavailable"),
    504: ("SYS_GATEWAY_TIMEOUT", "The service took too long to answer"),
}
_PATIENCE = 256 << 20  # bytes
_RETRY_AFTER = {429: "1", 503: "2"}  # seconds
_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_SUBJECTS = {
    "identity": "Accounts, patients, prescribers, consents, audit log",
    "cases": "Catalogue, prescriptions, cases, quotes, delivery",
    "documents": "Uploads, virus scan, generated PDFs",
    "billing": "Claims, NOEMIE returns, payments",
    "devices": "Wheelchairs, maintenance contracts, tickets, visits, assistant",
    "notifications": "Mail and SMS to patients and staff",
}


def create_portal(routes: Routes) -> Starlette:
    """The application."""
    page = _page(routes)

    async def home(_request: Request) -> Response:
        return HTMLResponse(page)

    async def style(_request: Request) -> Response:
        return FileResponse(_FILES / "style.css")

    async def reference(request: Request) -> Response:
        return _document(request, routes, "reference.html")

    async def messages(request: Request) -> Response:
        return _document(request, routes, "messages.html")

    async def events(_request: Request) -> Response:
        return HTMLResponse(_fill("events.html", drawing=drawing(), readers=readers()))

    async def asset(request: Request) -> Response:
        file = _ASSETS.get(request.path_params["name"])
        return problem(request, 404) if file is None else FileResponse(file, headers={"cache-control": "max-age=3600"})

    async def ready(_request: Request) -> Response:
        return JSONResponse({"status": "ready", "checks": {}})

    async def gateway_error(request: Request) -> Response:
        status = int(request.path_params["status"])
        if status == 413:
            await _read_away(request)
        return problem(request, status if status in _ERRORS else 502)

    async def not_found(request: Request) -> Response:
        return problem(request, 404)

    async def unavailable(request: Request) -> Response:
        return problem(request, 503)

    return Starlette(
        routes=[
            Route("/page/", home),
            Route("/page/style.css", style),
            Route("/page/events", events),
            Route("/page/reference/{service}", reference),
            Route("/page/messages/{service}", messages),
            Route("/page/assets/{name}", asset),
            Route("/page/{path:path}", not_found, methods=_ANY_METHOD),
            Route("/errors/{status:int}", gateway_error, methods=_ANY_METHOD),
            Route("/health/ready", ready),
            Route("/health/live", ready),
            Route("/{path:path}", unavailable, methods=_ANY_METHOD),
        ]
    )


def problem(request: Request, status: int) -> Response:
    """The specification's error envelope; the caller's request id when there is a sound one."""
    code, message = _ERRORS[status]
    request_id = context.accept_request_id(request.headers.get("x-request-id"))
    body = ErrorBody(code=code, message=message, details=[], request_id=request_id, timestamp=now())
    headers = {"x-request-id": request_id}
    if status in _RETRY_AFTER:
        headers["retry-after"] = _RETRY_AFTER[status]
    content = ErrorEnvelope(error=body).model_dump_json(by_alias=True)
    return Response(content, status, headers, "application/json")


async def _read_away(request: Request) -> None:
    """Take in a refused body, within reason: a client that still writes does not see the answer."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _PATIENCE:
            return


def _page(routes: Routes) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{name}</th><td>{_SUBJECTS.get(name, "")}</td>'
        f'<td><a href="/reference/{name}">Reference</a> <a class="raw" href="/openapi/{name}.json">OpenAPI</a></td>'
        f'<td><a href="/messages/{name}">Messages</a> <a class="raw" href="/asyncapi/{name}.json">AsyncAPI</a></td>'
        "</tr>"
        for name in routes.services
    )
    return _fill("page.html", rows=rows, version=metadata.version("axtech-local"))


def _document(request: Request, routes: Routes, page: str) -> Response:
    """The page of one service's document; 404 for a service that there is not."""
    service = request.path_params["service"]
    return HTMLResponse(_fill(page, service=service)) if service in routes.services else problem(request, 404)


def _fill(page: str, **values: str) -> str:
    return Template((_FILES / page).read_text(encoding="utf-8")).substitute(values)
