"""What a process of the documents service holds open."""

from contextlib import AsyncExitStack
from functools import cached_property
from typing import Annotated

from common.resources import Resources
from common.storage import Storage
from fastapi import Depends, Request

from documents.documents.domain import Bucket
from documents.extraction.process import Limits
from documents.scanning import Scanner, make_scanner
from documents.settings import DocumentsSettings


class DocumentsResources(Resources):
    """Also the object storage, and the scanner where jobs run."""

    settings: DocumentsSettings

    def __init__(self, settings: DocumentsSettings) -> None:
        super().__init__("documents", settings)
        self.storage = Storage(settings)
        self.reader_limits = Limits(settings.reader_cpu_seconds, settings.reader_memory_bytes)

    @cached_property
    def scanner(self) -> Scanner:
        """Our rules, and ClamAV where it is configured."""
        return make_scanner(self.settings.clamd_url)

    def bucket(self, bucket: Bucket) -> str:
        """The name of a bucket in the storage."""
        return self.settings.bucket(bucket.value)

    async def open(self, stack: AsyncExitStack) -> None:
        await super().open(stack)
        await stack.enter_async_context(self.storage)


async def _resources(request: Request) -> DocumentsResources:
    resources: DocumentsResources = request.app.state.resources
    return resources


OurResources = Annotated[DocumentsResources, Depends(_resources)]
