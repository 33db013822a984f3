"""Events of the identity service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from common.contracts.enums import ConsentType, LinkPurpose, Role, UserStatus
from common.events.contract import Event


class IdentityEvent(Event):
    service: ClassVar[str] = "identity"


class UserRegisteredV1(IdentityEvent):
    name: ClassVar[str] = "user.registered"
    user_id: UUID
    role: Role


class UserVerifiedV1(IdentityEvent):
    name: ClassVar[str] = "user.verified"
    user_id: UUID
    role: Role


class UserStatusChangedV1(IdentityEvent):
    name: ClassVar[str] = "user.status-changed"
    user_id: UUID
    from_status: UserStatus
    to_status: UserStatus


class UserLinkRequestedV1(IdentityEvent):
    """A personal link is to be mailed. The link itself is asked of identity at sending time: no secret rests here."""

    name: ClassVar[str] = "user.link-requested"
    user_id: UUID
    purpose: LinkPurpose


class UserAddressReusedV1(IdentityEvent):
    """Somebody tried to register an address that has an account: its owner is told."""

    name: ClassVar[str] = "user.address-reused"
    user_id: UUID


class UserPhoneCodeRequestedV1(IdentityEvent):
    """A code is to be sent to the phone being verified; asked of identity at sending time."""

    name: ClassVar[str] = "user.phone-code-requested"
    user_id: UUID


class SessionRevokedV1(IdentityEvent):
    name: ClassVar[str] = "session.revoked"
    user_id: UUID
    session_id: UUID


class PatientUpdatedV1(IdentityEvent):
    name: ClassVar[str] = "patient.updated"
    patient_id: UUID


class PatientErasedV1(IdentityEvent):
    """A patient was forgotten: whoever holds anything of them that no law keeps lets go of it.

    `kept_document_ids` are what a duty was found to keep when the erasure was decided, whatever else has been heard.
    """

    name: ClassVar[str] = "patient.erased"
    patient_id: UUID
    user_id: UUID
    kept_document_ids: tuple[UUID, ...] = ()


class ProxyGrantedV1(IdentityEvent):
    name: ClassVar[str] = "proxy.granted"
    proxy_id: UUID
    patient_id: UUID
    proxy_user_id: UUID
    valid_from: datetime
    valid_until: datetime | None


class ProxyRevokedV1(IdentityEvent):
    name: ClassVar[str] = "proxy.revoked"
    proxy_id: UUID
    patient_id: UUID
    proxy_user_id: UUID


class ConsentGivenV1(IdentityEvent):
    name: ClassVar[str] = "consent.given"
    consent_id: UUID
    patient_id: UUID
    consent_type: ConsentType
    consent_version: str


class ConsentWithdrawnV1(IdentityEvent):
    name: ClassVar[str] = "consent.withdrawn"
    consent_id: UUID
    patient_id: UUID
    consent_type: ConsentType


class BreakGlassGrantedV1(IdentityEvent):
    name: ClassVar[str] = "break-glass.granted"
    grant_id: UUID
    patient_id: UUID
    user_id: UUID
    expires_at: datetime
