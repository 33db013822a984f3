"""Identity and a mail provider as cheap as they can be: `python -m bench.doubles --port N`.

Everybody exists, a patient's user has the patient's id, and every mail is taken. GET `/taken` tells which, and when.
"""

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import uvicorn
from common.clock import now

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_HEADERS = (b"content-type", b"application/json")

taken: list[tuple[str, str, float]] = []
"""Of each mail taken: its idempotency key, to whom, and when (seconds since the epoch)."""


def person(user_id: str) -> dict[str, Any]:
    """Somebody verified who is reached by mail."""
    return {
        "userId": user_id,
        "role": "PATIENT",
        "email": f"{user_id}@example.fr",
        "emailVerified": True,
        "phone": None,
        "phoneVerified": False,
        "firstName": "Nathalie",
        "language": "fr",
        "contactPreference": "EMAIL",
    }


def take(body: bytes) -> dict[str, str]:
    """Keep what a mail tells of itself."""
    mail = orjson.loads(body)
    key = mail["headers"]["idempotencyKey"]
    taken.append((key, mail["to"][0]["email"], now().timestamp()))
    return {"messageId": f"<{key}@double>"}


def answer(path: str, body: bytes) -> tuple[int, Any]:
    """What is answered to a request."""
    status = 200
    document: Any = None
    match path.split("/")[1:]:
        case ["v3", "smtp", "email"]:
            status, document = 201, take(body)
        case ["internal", "v1", "patients", patient_id, "contacts"]:
            document = {"recipients": [person(patient_id)]}
        case ["internal", "v1", "users", user_id, "contact"]:
            document = person(user_id)
        case ["count"]:
            document = len(taken)
        case ["taken"]:
            document = taken
        case ["health", "ready"]:
            document = {}
        case _:
            status = 404
    return status, document


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """A plain ASGI application."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    status, document = answer(scope["path"], body)
    content = orjson.dumps(document)
    headers = [_HEADERS, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(
        app,
        port=parser.parse_args().port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
    )
