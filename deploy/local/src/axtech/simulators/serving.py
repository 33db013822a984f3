"""How a simulator is started: `python -m axtech.simulators.NAME --port P --data DIR`."""

import argparse
from pathlib import Path

import uvicorn
from fastapi import APIRouter, FastAPI

from axtech.simulators.sqlite import Database


def arguments(name: str) -> argparse.ArgumentParser:
    """The options every simulator has."""
    parser = argparse.ArgumentParser(prog=f"python -m axtech.simulators.{name}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of its SQLite file")
    return parser


def serve(app: FastAPI, options: argparse.Namespace) -> None:
    """Serve until a signal; requests held by a fault do not hold the end back."""
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def health_routes(database: Database) -> APIRouter:
    """`/health/live` and `/health/ready`."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/ready")
    def ready() -> dict[str, str]:
        database.rows("SELECT 1")
        return {"status": "ok"}

    return router
