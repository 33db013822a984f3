"""The job that writes a quote's PDF."""

from common.contracts.enums import DocumentType
from common.contracts.jobs import RenderQuoteV1
from common.events.envelope import Received

from documents.documents import generated, repository
from documents.documents.generated import Generated
from documents.queue import jobs
from documents.quotes import package
from documents.rendering import render_quote
from documents.resources import DocumentsResources


@jobs.on(RenderQuoteV1)
async def render_sent_quote(resources: DocumentsResources, job: Received[RenderQuoteV1]) -> None:
    """Write the PDF of a quote and keep it, unless that was done."""
    async with resources.database.transaction() as session:
        if await repository.of_quote(session, job.data.quote_id) is not None:
            return
    quote = await package.gather(resources.services, resources.settings, job.data.quote_id)
    made = Generated(
        document_type=DocumentType.QUOTE_PDF,
        filename=f"devis-{quote.number}.pdf",
        owner_id=job.envelope.actorid,
        patient_id=job.data.patient_id,
        case_id=job.data.case_id,
        quote_id=job.data.quote_id,
    )
    await generated.keep(resources, made, await render_quote(quote))
