"""The ways return files come in - an upload, a watched prefix of the bucket, the gateways' lists - and their one path.

Whichever way, the raw bytes are stored before anything else is done, and the same file is one return.
"""

from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile

import structlog
from common.contracts.enums import GatewayType, ReturnType
from common.errors import InvalidInput
from starlette.datastructures import UploadFile

from billing.gateways import GatewayRefused, GatewayUnavailable, RemoteReturn, ReturnSource
from billing.resources import BillingResources
from billing.returns import repository, service
from billing.returns.models import ReturnOrigin
from billing.returns.service import Content, Upload

_IN_MEMORY = 1024 * 1024
_MIME = "application/octet-stream"
log = structlog.get_logger(__name__)


async def store(resources: BillingResources, upload: Upload, return_type: ReturnType) -> Content:
    """Keep a file's bytes as they came; `InvalidInput` when there are none."""
    content = await service.fingerprint(upload, return_type)
    key = service.storage_key(return_type, content)
    await resources.storage.put_stream(resources.returns_bucket, key, service.pieces(upload), _MIME)
    return content


async def collect(resources: BillingResources) -> None:
    """Take in every file that has come: from the watched prefix, then from each gateway; none holds up the next."""
    await _from_prefix(resources)
    for gateway_type, source in resources.gateways.return_sources().items():
        try:
            await _from_gateway(resources, gateway_type, source)
        except (GatewayUnavailable, GatewayRefused) as error:
            log.warning("return_files_not_fetched", gateway=gateway_type.value, error=str(error))


async def _from_prefix(resources: BillingResources) -> None:
    """`<prefix>/<type>/<name>`, NOEMIE where no type is named; what has been taken in is removed from there."""
    bucket, prefix = resources.returns_bucket, resources.incoming_prefix
    async for key in resources.storage.keys(bucket, prefix):
        folder = key.removeprefix(prefix).split("/")[0].upper()
        return_type = ReturnType(folder) if folder in set(ReturnType) else ReturnType.NOEMIE
        try:
            await _take_in(resources, resources.storage.stream(bucket, key), return_type, ReturnOrigin.WATCHED_PREFIX)
        except InvalidInput:
            log.warning("empty_return_file", key=key)
        await resources.storage.delete(bucket, key)


async def _from_gateway(resources: BillingResources, gateway_type: GatewayType, source: ReturnSource) -> None:
    async with resources.database.transaction() as session:
        after = await repository.cursor(session, gateway_type)
    seen: set[str] = set()
    while page := [each for each in await source.returns(after) if each.id not in seen]:
        for remote in page:
            await _download(resources, source, remote)
            seen.add(remote.id)
            after = remote.id
            async with resources.database.transaction() as session:
                await repository.advance_cursor(session, gateway_type, after)


async def _download(resources: BillingResources, source: ReturnSource, remote: RemoteReturn) -> None:
    try:
        await _take_in(resources, source.download(remote), remote.return_type, ReturnOrigin.GATEWAY)
    except InvalidInput:
        log.warning("empty_return_file", remote=remote.id)
    await source.taken(remote)


async def _take_in(
    resources: BillingResources, chunks: AsyncIterator[bytes], return_type: ReturnType, origin: ReturnOrigin
) -> None:
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        upload = UploadFile(file)  # type: ignore[arg-type]  # a BinaryIO in all that it uses
        async for chunk in chunks:
            await upload.write(chunk)
        content = await store(resources, upload, return_type)
    async with resources.database.transaction() as session:
        await service.receive(session, return_type, content, origin=origin, received_by=None)
