"""The interface of section 11.1 and the claim package of section 11.3.

Return files are read the same way whichever gateway they came through (`billing.noemie`), so `ingestReturnFile` of
that section is a use case of `billing.returns` and no gateway's own.
"""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Protocol, runtime_checkable
from uuid import UUID

from common.contracts.enums import ClaimDocumentRole, ClaimStatus, ReturnType
from common.events.retry import PermanentError
from common.money import Price
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel


class GatewayUnavailable(Exception):
    """No usable answer: whether the gateway did what it was asked is unknown, and trying again later is right."""


class GatewayRefused(PermanentError):
    """The gateway says no, and would again. The message names fields, never their values."""


class _Part(BaseModel):
    """Personal fields never show in a `repr`, and so in no log."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class PackagePatient(_Part):
    nir: Annotated[str, Field(pattern=r"^[0-9]{6}[0-9AB][0-9]{8}$", repr=False)]
    first_name: Annotated[str, Field(min_length=1, repr=False)]
    last_name: Annotated[str, Field(min_length=1, repr=False)]
    date_of_birth: Annotated[date, Field(repr=False)]
    address: Annotated[dict[str, Any], Field(repr=False)]


class PackagePrescriber(_Part):
    rpps_number: Annotated[str, Field(pattern=r"^[0-9]{11}$")]
    name: Annotated[str, Field(min_length=1, repr=False)]


class PackagePrescription(_Part):
    date: date
    document_ref: str


class PackageItem(_Part):
    lppr_code: str
    quantity: int
    unit_price: Price


class PackageDocument(_Part):
    """`content` is base64 in JSON; `document_id` is ours, and does not leave."""

    document_id: Annotated[UUID, Field(exclude=True)]
    role: ClaimDocumentRole
    content_type: str
    content: Annotated[
        bytes, Field(repr=False), PlainSerializer(lambda raw: base64.b64encode(raw).decode(), return_type=str)
    ]


class PackageHeader(_Part):
    """Which submission it is, and of whom."""

    reference: str
    invoice_number: str
    patient: PackagePatient
    prescriber: PackagePrescriber | None


class ClaimPackage(PackageHeader):
    """One submission of a claim; made when it is sent, and never kept."""

    prescription: PackagePrescription
    items: list[PackageItem]
    attached_documents: list[PackageDocument]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a gateway says of a claim: `status` is SUBMITTED, PENDING, ACCEPTED or REJECTED; its reference, if any."""

    gateway_ref: str | None
    status: ClaimStatus
    rejection: tuple[str, str] | None = None
    """Code and reason."""


@dataclass(frozen=True, slots=True)
class PaymentInfo:
    """What a gateway says was paid on a claim; by the complementary insurance when `complementary`."""

    amount: Decimal
    paid_on: date
    complementary: bool


@dataclass(frozen=True, slots=True)
class RemoteReturn:
    """A return file that waits at a gateway, by the gateway's name for it; `sha256` where the gateway tells it."""

    id: str
    return_type: ReturnType = ReturnType.NOEMIE
    sha256: str | None = None


class BillingGateway(Protocol):
    """Any call may raise `GatewayUnavailable` or `GatewayRefused`."""

    async def submit(self, package: ClaimPackage) -> StatusReport:
        """Send a claim. Before sending one again, `find` it: the earlier try may have arrived."""

    async def find(self, reference: str) -> StatusReport | None:
        """The claim submitted under our reference, None when the gateway has none."""

    async def attach(self, gateway_ref: str, documents: Sequence[PackageDocument]) -> None:
        """Add documents to a submitted claim; the same one twice is added once."""

    async def status(self, gateway_ref: str) -> StatusReport:
        """Where a submitted claim stands."""

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        """What was paid on a submitted claim, the oldest first."""


@runtime_checkable
class ReturnSource(Protocol):
    """A gateway that hands out return files. Any call may raise `GatewayUnavailable` or `GatewayRefused`."""

    async def returns(self, after: str | None) -> list[RemoteReturn]:
        """The next files after the one named, the oldest first; none when that was the last."""

    def download(self, remote: RemoteReturn) -> AsyncIterator[bytes]:
        """The bytes of a file, as they come."""

    async def taken(self, remote: RemoteReturn) -> None:
        """The file is safe with us."""
