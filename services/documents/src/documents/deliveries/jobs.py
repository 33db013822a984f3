"""The job that writes a delivery note."""

from common.contracts.enums import DocumentType
from common.contracts.jobs import RenderDeliveryNoteV1
from common.events.envelope import Received

from documents.deliveries import package
from documents.documents import generated, repository
from documents.documents.generated import Generated
from documents.queue import jobs
from documents.rendering import render_delivery_note
from documents.resources import DocumentsResources


@jobs.on(RenderDeliveryNoteV1)
async def render_scheduled_delivery(resources: DocumentsResources, job: Received[RenderDeliveryNoteV1]) -> None:
    """Write the note of a case's delivery and keep it, unless that was done: no other date makes it another."""
    async with resources.database.transaction() as session:
        if await repository.of_delivery(session, job.data.case_id) is not None:
            return
    note = await package.gather(resources.services, resources.settings, job.data.case_id)
    made = Generated(
        document_type=DocumentType.OTHER,
        filename=f"bon-de-livraison-{note.case_number}.pdf",
        owner_id=job.envelope.actorid,
        patient_id=job.data.patient_id,
        case_id=job.data.case_id,
        delivery_of=job.data.case_id,
    )
    await generated.keep(resources, made, await render_delivery_note(note))
