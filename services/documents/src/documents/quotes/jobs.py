"""The job that writes a quote's PDF."""

from common.contracts.jobs import RenderQuoteV1
from common.events.envelope import Received
from common.events.retry import PermanentError

from documents.documents import repository
from documents.documents.domain import Bucket, new_storage_key
from documents.queue import jobs
from documents.quotes import package, service
from documents.rendering import RenderError, render_quote
from documents.resources import DocumentsResources


@jobs.on(RenderQuoteV1)
async def render_sent_quote(resources: DocumentsResources, job: Received[RenderQuoteV1]) -> None:
    """Write the PDF of a quote and keep it, unless that was done."""
    async with resources.database.transaction() as session:
        if await repository.of_quote(session, job.data.quote_id) is not None:
            return
    quote = await package.gather(resources.services, resources.settings, job.data.quote_id)
    try:
        pdf = await render_quote(quote)
    except RenderError as error:
        raise PermanentError(str(error)) from error
    bucket, key = resources.bucket(Bucket.GENERATED), new_storage_key()
    await resources.storage.put(bucket, key, pdf, "application/pdf")
    async with resources.database.transaction() as session:
        sender = job.envelope.actorid
        kept = await service.keep(session, job.data, sender, number=quote.number, key=key, pdf=pdf)
    if not kept:
        await resources.storage.delete(bucket, key)
