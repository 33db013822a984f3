"""Access tokens: which ones are good, and what is wrong with the others."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from common.auth.keys import KeySet
from common.auth.revocations import Revocations
from common.auth.tokens import ALGORITHM, AUDIENCE, TokenVerifier
from common.contracts.enums import Role
from common.errors import Unauthenticated
from common.ids import new_id
from common.testing import TestKeys
from common.testing.keys import KEY_ID, actor, new_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SOMEBODY = actor(Role.PATIENT, proxy_for=frozenset({new_id()}))


@pytest.fixture
def verifier(keys: TestKeys) -> TokenVerifier:
    return TokenVerifier(KeySet(keys.jwks_url), Revocations())


async def code_of(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await verifier.actor(f"Bearer {token}")
    return refused.value.code


async def test_a_good_token_gives_the_actor_it_was_made_for(verifier: TokenVerifier, keys: TestKeys) -> None:
    found = await verifier.actor(f"Bearer {keys.token(SOMEBODY)}")
    assert (found.user_id, found.role, found.session_id) == (SOMEBODY.user_id, SOMEBODY.role, SOMEBODY.session_id)
    assert found.patients == SOMEBODY.patients


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody-else"},
        {"aud": "axtech-internal:cases"},
        {"role": "EMPEROR"},
        {"sub": "not-a-uuid"},
        {"sid": None},
        {"exp": "soon"},
        {"iat": 4_000_000_000},
    ],
    ids=str,
)
async def test_a_token_with_a_bad_claim_is_refused(
    verifier: TokenVerifier, keys: TestKeys, changes: dict[str, Any]
) -> None:
    assert (await code_of(verifier, keys.token(SOMEBODY, **changes))).startswith("AUTH_TOKEN")


async def test_an_expired_token_is_refused_as_expired(verifier: TokenVerifier, keys: TestKeys) -> None:
    stale = keys.token(SOMEBODY, iat=int(time.time()) - 2000, exp=int(time.time()) - 1000)
    assert await code_of(verifier, stale) == "AUTH_TOKEN_EXPIRED"


async def test_a_remembered_token_still_expires(verifier: TokenVerifier, keys: TestKeys) -> None:
    header = f"Bearer {keys.token(SOMEBODY)}"
    await verifier.actor(header)
    known, issued, _ = verifier._known[header]
    verifier._known[header] = (known, issued, time.time() - 1)
    with pytest.raises(Unauthenticated) as refused:
        await verifier.actor(header)
    assert refused.value.code == "AUTH_TOKEN_EXPIRED"


def unsigned(keys: TestKeys) -> str:
    _, payload, _ = keys.token(SOMEBODY).split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": KEY_ID}).encode()).decode().rstrip("=")
    return f"{header}.{payload}."


async def test_a_token_that_nobody_signed_or_another_key_is_refused(verifier: TokenVerifier, keys: TestKeys) -> None:
    claims = jwt.decode(keys.token(SOMEBODY), options={"verify_signature": False})
    forged = jwt.encode(claims, new_key(), algorithm=ALGORITHM, headers={"kid": KEY_ID})
    unknown = jwt.encode(claims, keys.identity, algorithm=ALGORITHM, headers={"kid": "another"})
    symmetric = jwt.encode(claims, "x" * 64, algorithm="HS256", headers={"kid": KEY_ID})
    for token in (unsigned(keys), forged, unknown, symmetric):
        assert (await code_of(verifier, token)).startswith("AUTH_TOKEN")
    assert claims["aud"] == AUDIENCE


async def test_a_service_token_is_no_access_token(verifier: TokenVerifier, keys: TestKeys) -> None:
    assert (await code_of(verifier, keys.service_token("billing", "cases"))).startswith("AUTH_TOKEN")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=300))
async def test_any_other_text_is_refused_and_nothing_else_happens(verifier: TokenVerifier, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.actor(text)


async def test_a_revoked_session_and_outdated_tokens_are_refused(verifier: TokenVerifier, keys: TestKeys) -> None:
    header = f"Bearer {keys.token(SOMEBODY)}"
    await verifier.actor(header)
    verifier._revocations.apply(f"user.{SOMEBODY.user_id}", str(time.time() + 5).encode())
    with pytest.raises(Unauthenticated) as outdated:
        await verifier.actor(header)
    verifier._revocations.apply(f"session.{SOMEBODY.session_id}", b"1")
    with pytest.raises(Unauthenticated) as ended:
        await verifier.actor(header)
    assert (outdated.value.code, ended.value.code) == ("AUTH_TOKEN_OUTDATED", "AUTH_SESSION_REVOKED")
