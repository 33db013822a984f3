"""`python -m axtech.portal --port P`."""

import argparse

import uvicorn

from axtech.gateway.routes import load_routes
from axtech.portal.app import create_portal


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m axtech.portal")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvicorn.run(
        create_portal(load_routes()),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
