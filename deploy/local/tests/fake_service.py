"""A stand-in for a service: `fake_service.py --port P [--start-after SECONDS]`.

Echoes what reached it; `…/status/<code>` answers that status in words of its own; `…/crash` ends the process.
"""

import argparse
import os
import time

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def ready(_request: Request) -> Response:
    return JSONResponse({"status": "ready", "checks": {}})


async def crash(_request: Request) -> Response:
    os._exit(3)


async def status(request: Request) -> Response:
    body = {"error": {"code": "BIZ_MINE", "message": "the service's own words"}}
    return JSONResponse(body, request.path_params["code"], {"retry-after": "42", "ratelimit-remaining": "0"})


async def echo(request: Request) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    peer = request.client.host if request.client else None
    return JSONResponse(
        {"path": request.url.path, "query": request.url.query, "peer": peer, "size": size}
        | {"headers": dict(request.headers), "pid": os.getpid(), "environment": dict(os.environ)}
    )


app = Starlette(
    routes=[
        Route("/health/live", ready),
        Route("/health/ready", ready),
        Route("/api/v1/cases/status/{code:int}", status),
        Route("/api/v1/cases/crash", crash),
        Route("/{path:path}", echo, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--role", default="all")
    parser.add_argument("--start-after", type=float, default=0)
    options = parser.parse_args()
    time.sleep(options.start_after)
    print("a fake service is starting", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", access_log=False)
