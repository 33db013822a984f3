"""Logs hold nothing personal, whatever is handed to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from common.audit import SENSITIVE, changed
from common.telemetry import logs
from common.telemetry.logs import mask
from hypothesis import given
from hypothesis import strategies as st

SECRETS = {
    "email": "eleonore@patients.example",
    "password": "correct horse",
    "passwordHash": "$2b$12$abcdefgh",
    "nir": "258039999999933",
    "carteVitaleNumber": "80250000001234567890",
    "mfaSecret": "JBSWY3DPEHPK3PXP",
    "accessToken": "opaque-but-secret",
    "refresh_token": "opaque-but-secret-too",
    "Authorization": "Bearer opaque-again",
    "Cookie": "refresh=opaque-cookie",
    "firstName": "Éléonore-Sentinelle",
    "lastName": "Martin-Sentinelle",
    "dateOfBirth": "1958-03-14",
    "address": {"line1": "3 allée de la Sentinelle"},
    "phone": "+33612345678",
    "clinicalNotes": "sentinelle clinique",
    "payload": "sentinelle payload",
    "body": "sentinelle body",
    "code": "918273",
}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    logs.configure("tests", level="INFO", json=True)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield read
    logs.configure("tests", level="WARNING", json=True)


@pytest.mark.parametrize("name", SECRETS)
def test_every_sensitive_field_is_masked(lines: Any, name: str) -> None:
    structlog.get_logger("x").info("something", **{name: SECRETS[name]})
    structlog.get_logger("x").info("nested", details={name: SECRETS[name]}, many=[{name: SECRETS[name]}])
    told = json.dumps(lines(), ensure_ascii=False)
    secret = SECRETS[name]
    assert str(secret["line1"] if isinstance(secret, dict) else secret) not in told


@pytest.mark.parametrize(
    "text",
    [
        "sent to eleonore@patients.example today",
        "NIR 2 58 03 99 999 999 33 of the patient",
        "NIR 258039999999933",
        "call +33612345678",
        "postgresql://user:secret-word@host/db",
        "token eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
    ],
)
def test_what_slips_into_a_text_is_masked_there(lines: Any, text: str) -> None:
    structlog.get_logger("x").warning(text, note=text)
    told = json.dumps(lines())
    for secret in ("eleonore@", "999 999 33", "258039999999933", "+33612345678", "secret-word", "eyJhbGciOi"):
        assert secret not in told


def test_a_line_carries_what_finds_it_again(lines: Any) -> None:
    structlog.get_logger("x").info("request", path="/cases/{case_id}", status_code=200)
    [line] = lines()
    assert {"requestId", "traceId", "service", "timestamp", "level", "event"} <= set(line)
    assert (line["path"], line["status_code"]) == ("/cases/{case_id}", 200)


@given(st.text(max_size=200))
def test_masking_never_fails_and_is_stable(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("field", sorted(SENSITIVE))
def test_an_audit_entry_tells_that_a_sensitive_value_changed_and_not_what_it_is(field: str) -> None:
    told = changed({field: "sentinel before", "status": "A"}, {field: "sentinel after", "status": "B"})
    assert "sentinel" not in json.dumps(told)
    assert told["status"] == {"before": "A", "after": "B"}
    assert field in told
