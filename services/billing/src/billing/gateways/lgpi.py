"""LGPI by files, laid out as `lgpi.schema.json` says; fitting the real one means editing both.

| file | written by | tells |
|---|---|---|
| `export/<reference>.json` | us | a claim to take; ours to remove once it is acknowledged, for it names a patient |
| `pieces/<reference>/<document>.json` | us | a document added later |
| `acknowledgements/<reference>.json` | LGPI | the claim was received, or refused as a whole |
| `states/<reference>.json` | LGPI | what became of it since |
| `returns/<name>` | LGPI | a NOEMIE file; removed once it is safe with us |
"""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Literal, TypeVar

from common.contracts.enums import ClaimStatus, GatewayType
from common.errors import Unavailable
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from billing.gateways.exchange import Exchange
from billing.gateways.interface import (
    ClaimPackage,
    GatewayRefused,
    GatewayUnavailable,
    PackageDocument,
    PaymentInfo,
    RemoteReturn,
    StatusReport,
)
from billing.metrics import GATEWAY_CALLS

F = TypeVar("F", bound=BaseModel)


class _File(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    reference: str
    code: str | None = None
    reason: str | None = None

    def rejection(self) -> tuple[str, str]:
        return self.code or "", self.reason or ""


class _Acknowledgement(_File):
    outcome: Literal["RECEIVED", "REFUSED"]


class _State(_File):
    status: Literal["PENDING", "ACCEPTED", "REJECTED"]


class Lgpi:
    """A claim is known by our reference, which names its files."""

    gateway_type: ClassVar[GatewayType] = GatewayType.LGPI

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def submit(self, package: ClaimPackage) -> StatusReport:
        content = package.model_dump_json(by_alias=True).encode()
        await self._write(_export(package.reference), content)
        return StatusReport(package.reference, ClaimStatus.SUBMITTED)

    async def find(self, reference: str) -> StatusReport | None:
        """What LGPI says of it; else that it waits to be taken, when its export is there."""
        acknowledged = await self._read(_Acknowledgement, f"acknowledgements/{reference}.json")
        if acknowledged is None:
            waits = await self._raw(_export(reference)) is not None
            return StatusReport(reference, ClaimStatus.SUBMITTED) if waits else None
        await self._remove(_export(reference))
        if acknowledged.outcome == "REFUSED":
            return StatusReport(reference, ClaimStatus.REJECTED, acknowledged.rejection())
        state = await self._read(_State, f"states/{reference}.json")
        if state is None:
            return StatusReport(reference, ClaimStatus.PENDING)
        status = ClaimStatus(state.status)
        return StatusReport(reference, status, state.rejection() if status is ClaimStatus.REJECTED else None)

    async def attach(self, gateway_ref: str, documents: Sequence[PackageDocument]) -> None:
        for each in documents:
            content = each.model_dump_json(by_alias=True).encode()
            await self._write(f"pieces/{gateway_ref}/{each.document_id}.json", content)

    async def status(self, gateway_ref: str) -> StatusReport:
        found = await self.find(gateway_ref)
        if found is None:
            raise GatewayRefused("neither the claim nor an acknowledgement of it is there any more")
        return found

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        """None: LGPI tells of payments by return files alone."""
        return []

    async def returns(self, after: str | None) -> list[RemoteReturn]:
        """All that is there, whatever came before: what has been taken in is there no more."""
        try:
            return [RemoteReturn(name) for name in await self._exchange.names("returns")]
        except (OSError, Unavailable) as error:
            raise self._failed(error) from error

    async def download(self, remote: RemoteReturn) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._exchange.stream(remote.id):
                yield chunk
        except (OSError, Unavailable) as error:
            raise self._failed(error) from error

    async def taken(self, remote: RemoteReturn) -> None:
        await self._remove(remote.id)

    async def _read(self, shape: type[F], name: str) -> F | None:
        raw = await self._raw(name)
        if raw is None:
            return None
        try:
            return shape.model_validate_json(raw)
        except ValidationError:
            GATEWAY_CALLS.labels(self.gateway_type, "failed").inc()
            raise GatewayUnavailable(f"{name} is not laid out as it should be") from None

    async def _raw(self, name: str) -> bytes | None:
        try:
            return await self._exchange.read(name)
        except (OSError, Unavailable) as error:
            raise self._failed(error) from error

    async def _write(self, name: str, content: bytes) -> None:
        try:
            await self._exchange.write(name, content)
        except (OSError, Unavailable) as error:
            raise self._failed(error) from error
        GATEWAY_CALLS.labels(self.gateway_type, "done").inc()

    async def _remove(self, name: str) -> None:
        try:
            await self._exchange.remove(name)
        except (OSError, Unavailable) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> GatewayUnavailable:
        GATEWAY_CALLS.labels(self.gateway_type, "failed").inc()
        return GatewayUnavailable(f"the exchange cannot be reached: {type(error).__name__}")


def _export(reference: str) -> str:
    return f"export/{reference}.json"
