"""Access tokens, against the key set that is published."""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from common.auth.actor import Actor
from common.auth.keys import KeySet
from common.auth.revocations import Revocations
from common.auth.tokens import TokenVerifier, claims_of
from common.clock import now, travel
from common.contracts.enums import Role
from common.errors import Unauthenticated
from common.testing import RunningService
from common.testing.keys import TestKeys, actor, new_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from identity.security.tokens import OwnKeySet, PrivateTokens, RefreshToken, SecondFactorToken, SigningKeys
from identity.testing import People
from jwt import PyJWK

RunIdentity = Callable[..., Awaitable[RunningService]]
KEYS = SigningKeys(new_key())
PRIVATE = PrivateTokens("p" * 32)


class Published(KeySet):
    """A key set as another service fetched it."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__("file:///nowhere")
        self._published = {key["kid"]: PyJWK(key) for key in document["keys"]}

    async def key(self, key_id: str) -> PyJWK | None:
        return self._published.get(key_id)


def _verifier(document: dict[str, Any]) -> TokenVerifier:
    return TokenVerifier(Published(document), Revocations())


def _public_pem(private_pem: str) -> str:
    key = load_pem_private_key(private_pem.encode(), password=None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


async def test_the_key_set_is_public_and_checks_the_tokens(identity: RunningService, people: People) -> None:
    served = await identity.http.get("/.well-known/jwks.json")
    assert served.status_code == 200
    [key] = served.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert "d" not in key
    patient = await people.patient()
    tokens = await people.log_in(patient)
    found = await _verifier(served.json()).actor(f"Bearer {tokens['accessToken']}")
    assert (found.user_id, found.patient_id, found.role) == (patient.user_id, patient.profile_id, Role.PATIENT)


uuids = st.uuids()


@given(
    st.builds(
        Actor,
        user_id=uuids,
        role=st.sampled_from(Role),
        session_id=uuids,
        patient_id=st.none() | uuids,
        prescriber_id=st.none() | uuids,
        staff_id=st.none() | uuids,
        proxy_for=st.frozensets(uuids, max_size=5),
        permissions=st.frozensets(st.text(max_size=20), max_size=5),
    )
)
@settings(max_examples=50)
def test_a_token_describes_its_actor_exactly(who: Actor) -> None:
    token = KEYS.access_token(who, "somebody@example.test")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims_of(who).items() <= claims.items()
    assert _check(token) == who


def _check(token: str) -> Actor:
    coroutine = _verifier(KEYS.document).actor(f"Bearer {token}")
    try:
        coroutine.send(None)
    except StopIteration as finished:
        found: Actor = finished.value
        return found
    raise AssertionError("the key was at hand, and yet it waited")


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "kid": KEYS.document["keys"][0]["kid"]}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


async def test_bad_tokens_are_refused(keys: TestKeys, identity: RunningService) -> None:
    who = actor(Role.COMPLIANCE_ADMIN)
    claims = jwt.decode(keys.token(who), options={"verify_signature": False})
    issued = int(time.time())
    stranger = SigningKeys(new_key())
    for token in (
        _unsigned(claims),
        jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": "test"}),
        stranger.access_token(who, "a@example.test"),
        keys.token(who, exp=issued - 60),
        keys.token(who, iss="somebody-else"),
        keys.token(who, aud="axtech-refresh"),
        keys.token(who, sub="not a uuid"),
        keys.token(who, role="ROOT"),
        keys.token(who, iat=issued + 120),
        keys.token(who)[:-4] + "AAAA",
        "garbage",
        "",
    ):
        refused = await identity.http.get("/api/v1/users", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401, token
        assert refused.json()["error"]["code"] in {"AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXPIRED"}


async def test_a_clock_a_few_seconds_off_is_forgiven(keys: TestKeys, identity: RunningService) -> None:
    token = keys.token(actor(Role.OPS), iat=int(time.time()) + 3)
    answer = await identity.http.get("/api/v1/users", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_a_key_is_exchanged_without_a_logged_out_user(keys: TestKeys, run_identity: RunIdentity) -> None:
    """Publish the next key, sign with it, retire the old: at each step tokens of both are good."""
    old, new = keys.identity, new_key()
    before = SigningKeys(old, _public_pem(new))
    after = SigningKeys(new, _public_pem(old))
    assert {key["kid"] for key in before.document["keys"]} == {key["kid"] for key in after.document["keys"]}
    who = actor(Role.PATIENT)
    for document in (before.document, after.document):
        for signing in (before, after):
            found = await _verifier(document).actor(f"Bearer {signing.access_token(who, 'a@example.test')}")
            assert found == who
    identity = await run_identity(jwt_secret=new, jwt_previous_public_keys=_public_pem(old))
    for signing in (before, after):
        token = signing.access_token(actor(Role.OPS), "a@example.test")
        answer = await identity.http.get("/api/v1/users", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


async def test_a_token_of_a_newer_replica_is_checked_by_the_published_set(keys: TestKeys) -> None:
    own = OwnKeySet(SigningKeys(new_key()), keys.jwks_url)
    assert await own.key("test") is not None
    assert await own.key("unheard-of") is None


def test_a_key_of_another_kind_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="PEM"):
        SigningKeys("not a key")


@given(uuids, uuids, uuids)
@settings(max_examples=30)
def test_private_tokens_read_back_and_never_pass_for_another_kind(user: UUID, session: UUID, token: UUID) -> None:
    refresh = RefreshToken(user, session, token)
    text = PRIVATE.refresh(refresh, now() + timedelta(days=1))
    assert PRIVATE.read_refresh(text) == refresh
    second = PRIVATE.second_factor(SecondFactorToken(user, None))
    for read in (PRIVATE.read_second_factor, PRIVATE.read_enrolment):
        with pytest.raises(Unauthenticated):
            read(text)
    with pytest.raises(Unauthenticated):
        PRIVATE.read_refresh(second)


def test_an_enrolment_token_lasts_a_quarter_of_an_hour() -> None:
    user_id = actor(Role.OPS).user_id
    with travel(now() - timedelta(minutes=15, seconds=1)):
        old = PRIVATE.enrolment(user_id)
    with pytest.raises(Unauthenticated):
        PRIVATE.read_enrolment(old)
    assert PRIVATE.read_enrolment(PRIVATE.enrolment(user_id)) == user_id
