"""S3: presigned links for clients, streams for services. Keys tell nothing about a patient."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aioboto3
import aiohttp
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from common.clock import now
from common.errors import Unavailable
from common.settings import Settings

_CHUNK = 1024 * 1024
_PART = 8 * 1024 * 1024
_ENCRYPTION_HEADERS = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}
# An object of that key is there, or is being put there at this moment.
_EXISTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class ObjectMissing(Exception):
    """There is no object of that key."""


class UploadMissing(Exception):
    """There is no upload in parts of that id: it was finished, given up, or never begun."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived; numbers count from 1."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload in parts that was begun and neither finished nor given up."""

    key: str
    upload_id: str
    begun_at: datetime


class Presigned:
    """A call a client may make by itself until `expires_at`."""

    def __init__(self, url: str, method: str, headers: dict[str, str], expires_at: datetime) -> None:
        self.url = url
        self.method = method
        self.headers = headers
        self.expires_at = expires_at


class Storage:
    """One connection pool to the object storage; a second client signs links with the public endpoint's name."""

    def __init__(self, settings: Settings) -> None:
        if settings.s3_access_key is None or settings.s3_secret_key is None:
            raise ValueError("S3_ACCESS_KEY and S3_SECRET_KEY are not set")
        self._session = aioboto3.Session(
            aws_access_key_id=settings.s3_access_key.get_secret_value(),
            aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
            region_name=settings.s3_region,
        )
        self._endpoint = settings.s3_endpoint
        self._public_endpoint = settings.s3_public_endpoint or settings.s3_endpoint
        self._encryption: dict[str, str] = {}
        if settings.s3_server_side_encryption is not None:
            self._encryption["ServerSideEncryption"] = settings.s3_server_side_encryption
        if settings.s3_kms_key_id is not None:
            self._encryption["SSEKMSKeyId"] = settings.s3_kms_key_id
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._signer: Any = None

    async def __aenter__(self) -> Self:
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=2,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self._client = await self._stack.enter_async_context(
            self._session.client("s3", endpoint_url=self._endpoint, config=config)
        )
        self._signer = await self._stack.enter_async_context(
            self._session.client("s3", endpoint_url=self._public_endpoint, config=config)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def presign_put(
        self, bucket: str, key: str, *, size: int, mime_type: str, sha256_hex: str | None, seconds: int = 900
    ) -> Presigned:
        """A link to upload exactly this, once: the storage refuses another length, type or content, and a second one.

        All of its headers are signed and must be sent as they are.
        """
        parameters: dict[str, Any] = {
            "Bucket": bucket,
            "Key": key,
            "ContentLength": size,
            "ContentType": mime_type,
            # What was checked and scanned must not be replaced while the link still works.
            "IfNoneMatch": "*",
            **self._encryption,
        }
        headers = {"Content-Length": str(size), "Content-Type": mime_type, "If-None-Match": "*"}
        headers |= {_ENCRYPTION_HEADERS[name]: value for name, value in self._encryption.items()}
        if sha256_hex is not None:
            checksum = base64.b64encode(bytes.fromhex(sha256_hex)).decode()
            parameters["ChecksumSHA256"] = checksum
            headers["x-amz-checksum-sha256"] = checksum
        url = await self._signer.generate_presigned_url("put_object", parameters, seconds, "PUT")
        return Presigned(url, "PUT", headers, now() + timedelta(seconds=seconds))

    async def begin_parts(self, bucket: str, key: str, mime_type: str) -> str:
        """Begin an upload in parts; its id."""
        try:
            begun = await self._client.create_multipart_upload(
                Bucket=bucket, Key=key, ContentType=mime_type, **self._encryption
            )
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, key) from error
        return str(begun["UploadId"])

    async def presign_part(
        self, bucket: str, key: str, upload_id: str, number: int, *, size: int, seconds: int = 900
    ) -> Presigned:
        """A link to upload one part of exactly `size` bytes, until the upload is finished; a second time replaces it.

        All but the last part have 5 MiB or more.
        """
        parameters = {
            "Bucket": bucket,
            "Key": key,
            "UploadId": upload_id,
            "PartNumber": number,
            "ContentLength": size,
        }
        url = await self._signer.generate_presigned_url("upload_part", parameters, seconds, "PUT")
        return Presigned(url, "PUT", {"Content-Length": str(size)}, now() + timedelta(seconds=seconds))

    async def parts(self, bucket: str, key: str, upload_id: str) -> list[Part]:
        """The parts that have arrived, in order, the last of each number; `UploadMissing`."""
        found: dict[int, dict[str, Any]] = {}
        try:
            pages = self._client.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
            async for page in pages:
                for each in page.get("Parts", ()):
                    known = found.get(each["PartNumber"])
                    if known is None or known["LastModified"] <= each["LastModified"]:
                        found[each["PartNumber"]] = each
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, key) from error
        return [Part(number, int(each["Size"]), each["ETag"]) for number, each in sorted(found.items())]

    async def finish_parts(self, bucket: str, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Make the parts an object, unless there is one of that key, which stays as it is; `UploadMissing`."""
        named = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        try:
            await self._client.complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": named}, IfNoneMatch="*"
            )
        except (ClientError, BotoCoreError) as error:
            if _code(error) not in _EXISTS:
                raise _translated(error, key) from error

    async def give_up_parts(self, bucket: str, key: str, upload_id: str) -> None:
        """Forget an upload in parts and what arrived of it; nothing happens when there is none."""
        try:
            await self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
        except (ClientError, BotoCoreError) as error:
            translated = _translated(error, key)
            if not isinstance(translated, UploadMissing):
                raise translated from error

    async def unfinished(self, bucket: str) -> AsyncIterator[Unfinished]:
        """The uploads in parts that were begun and neither finished nor given up."""
        try:
            pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
            async for page in pages:
                for each in page.get("Uploads", ()):
                    yield Unfinished(each["Key"], each["UploadId"], each["Initiated"])
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, bucket) from error

    async def presign_get(
        self, bucket: str, key: str, *, filename: str, mime_type: str, seconds: int = 60
    ) -> Presigned:
        """A short-lived link to download, always as an attachment."""
        ascii_name = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in filename)
        disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"
        parameters = {
            "Bucket": bucket,
            "Key": key,
            "ResponseContentType": mime_type,
            "ResponseContentDisposition": disposition,
        }
        url = await self._signer.generate_presigned_url("get_object", parameters, seconds, "GET")
        return Presigned(url, "GET", {}, now() + timedelta(seconds=seconds))

    async def size(self, bucket: str, key: str) -> int:
        """The object's length in bytes; `ObjectMissing` when there is none."""
        try:
            head = await self._client.head_object(Bucket=bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, key) from error
        return int(head["ContentLength"])

    async def stream(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """The object in pieces of up to a mebibyte; `ObjectMissing` when there is none."""
        try:
            answer = await self._client.get_object(Bucket=bucket, Key=key)
            async with answer["Body"] as body:
                async for chunk in body.content.iter_chunked(_CHUNK):
                    yield chunk
        except (ClientError, BotoCoreError, aiohttp.ClientError, TimeoutError) as error:
            raise _translated(error, key) from error

    async def read(self, bucket: str, key: str) -> bytes:
        """The whole object."""
        return b"".join([chunk async for chunk in self.stream(bucket, key)])

    async def keys(self, bucket: str, prefix: str) -> AsyncIterator[str]:
        """The keys that begin with `prefix`, in their order."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            async for page in pages:
                for each in page.get("Contents", ()):
                    yield str(each["Key"])
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, prefix) from error

    async def put(self, bucket: str, key: str, content: bytes, mime_type: str) -> None:
        """Store an object, replacing one of the same key."""
        try:
            await self._client.put_object(
                Bucket=bucket, Key=key, Body=content, ContentType=mime_type, **self._encryption
            )
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, key) from error

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes], mime_type: str) -> int:
        """`put` of content that need not fit in memory: holds one part of 8 MiB. Returns its length in bytes.

        Nothing is stored unless `chunks` ends by itself.
        """
        part = bytearray()
        upload: _Upload | None = None
        size = 0
        try:
            async for chunk in chunks:
                part += chunk
                size += len(chunk)
                while len(part) >= _PART:
                    upload = upload or await _Upload.begin(self._client, bucket, key, mime_type, self._encryption)
                    await upload.add(bytes(part[:_PART]))
                    del part[:_PART]
            if upload is None:
                await self.put(bucket, key, bytes(part), mime_type)
            else:
                await upload.finish(bytes(part))
        except BaseException as error:
            if upload is not None:
                await upload.abort()
            if isinstance(error, ClientError | BotoCoreError):
                raise _translated(error, key) from error
            raise
        return size

    async def copy(self, bucket: str, source: str, target: str) -> None:
        """Store the object of key `source` as `target` too, inside the storage; `ObjectMissing` when there is none."""
        try:
            await self._client.copy_object(
                Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source}, **self._encryption
            )
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, source) from error

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        try:
            await self._client.delete_object(Bucket=bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, key) from error


class _Upload:
    """A multipart upload under way."""

    def __init__(self, client: Any, target: dict[str, Any]) -> None:
        self._client = client
        self._target = target
        self._parts: list[dict[str, Any]] = []

    @classmethod
    async def begin(cls, client: Any, bucket: str, key: str, mime_type: str, encryption: dict[str, str]) -> Self:
        begun = await client.create_multipart_upload(Bucket=bucket, Key=key, ContentType=mime_type, **encryption)
        return cls(client, {"Bucket": bucket, "Key": key, "UploadId": begun["UploadId"]})

    async def add(self, content: bytes) -> None:
        number = len(self._parts) + 1
        stored = await self._client.upload_part(**self._target, PartNumber=number, Body=content)
        self._parts.append({"ETag": stored["ETag"], "PartNumber": number})

    async def finish(self, rest: bytes) -> None:
        if rest:
            await self.add(rest)
        await self._client.complete_multipart_upload(**self._target, MultipartUpload={"Parts": self._parts})

    async def abort(self) -> None:
        """Forget the parts; where even that fails, the bucket's rule for unfinished uploads does it."""
        with suppress(ClientError, BotoCoreError):
            await self._client.abort_multipart_upload(**self._target)


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""


def _translated(error: Exception, key: str) -> Exception:
    if _code(error) in {"404", "NoSuchKey"}:
        return ObjectMissing(key)
    if _code(error) == "NoSuchUpload":
        return UploadMissing(key)
    return Unavailable("The object storage cannot be reached", code="INT_STORAGE_UNAVAILABLE")
