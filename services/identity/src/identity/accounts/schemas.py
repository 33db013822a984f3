"""HTTP bodies of accounts."""

from typing import Annotated, Literal, Self
from uuid import UUID

from common.contracts.enums import ConsentType, Role, UserStatus
from common.http import Schema, UtcDateTime
from pydantic import AfterValidator, Field, model_validator

from identity.accounts.models import Language
from identity.consents.schemas import NewConsent
from identity.patients.schemas import NewPatient
from identity.prescribers.schemas import NewPrescriber
from identity.security.types import Email, GivenPassword, NewPassword, Phone

LinkToken = Annotated[str, Field(min_length=20, max_length=100)]


class _Registration(Schema):
    email: Email
    password: NewPassword
    phone: Phone | None = None
    language: Language = Language.FR

    @model_validator(mode="after")
    def _password_is_not_the_address(self) -> Self:
        if self.password.casefold() == self.email:
            raise ValueError("the password must not be the e-mail address")
        return self


def _complete(consents: list[NewConsent]) -> list[NewConsent]:
    given = [consent.consent_type for consent in consents]
    if missing := {ConsentType.HEALTH_DATA, ConsentType.TERMS_OF_SERVICE} - set(given):
        raise ValueError(f"consent is required: {', '.join(sorted(missing))}")
    if len(given) != len(set(given)):
        raise ValueError("each consent is given once")
    return consents


class PatientRegistration(_Registration):
    role: Literal[Role.PATIENT]
    profile: NewPatient
    consents: Annotated[list[NewConsent], Field(max_length=10), AfterValidator(_complete)]


class PrescriberRegistration(_Registration):
    """Consents are a patient's; a prescriber may send none."""

    role: Literal[Role.PRESCRIBER]
    profile: NewPrescriber
    consents: Annotated[list[NewConsent], Field(max_length=0)] = Field(default_factory=list)


Registration = Annotated[PatientRegistration | PrescriberRegistration, Field(discriminator="role")]


class Registered(Schema):
    user_id: UUID
    profile_id: UUID
    status: UserStatus


class MailedToken(Schema):
    token: LinkToken


class VerifiedAccount(Schema):
    user_id: UUID
    status: UserStatus


class ForgottenPassword(Schema):
    email: Email


class PasswordReset(Schema):
    token: LinkToken
    new_password: NewPassword


class PasswordChange(Schema):
    current_password: GivenPassword
    new_password: NewPassword


class PhoneToVerify(Schema):
    """Without `phone`, the number of the account."""

    phone: Phone | None = None


class PhoneCode(Schema):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class VerifiedPhone(Schema):
    phone: str
    phone_verified: bool


class UserBody(Schema):
    id: UUID
    email: str
    phone: str | None
    role: Role
    status: UserStatus
    language: Language
    email_verified: bool
    phone_verified: bool
    mfa_enabled: bool
    last_login_at: UtcDateTime | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class MeBody(UserBody):
    """The account with its profiles and the patients it acts for."""

    permissions: list[str]
    patient_id: UUID | None
    prescriber_id: UUID | None
    staff_id: UUID | None
    proxy_for: list[UUID]


class StatusChange(Schema):
    status: UserStatus
