"""`/documents/scor-check` and `/documents/scor-export`."""

from common.http import CurrentActor, RequestSession, api_router
from starlette.responses import StreamingResponse

from documents.resources import OurResources
from documents.scor import service
from documents.scor.schemas import Bundle, BundleReport, CheckedDocument, ProblemBody

router = api_router("scor")


@router.post("/documents/scor-check")
async def check_bundle(body: Bundle, actor: CurrentActor, session: RequestSession) -> BundleReport:
    """What keeps documents out of a SCOR bundle."""
    checked = [
        CheckedDocument(
            document_id=document.id,
            problems=[ProblemBody(code=problem.code, page=problem.page) for problem in problems],
        )
        for document, problems in await service.check(session, actor, body.document_ids)
    ]
    return BundleReport(accepted=not any(each.problems for each in checked), documents=checked)


@router.post("/documents/scor-export", response_class=StreamingResponse)
async def export_bundle(
    body: Bundle, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> StreamingResponse:
    """The documents of a SCOR bundle as a zip, once nothing keeps any of them out."""
    documents = await service.bundle(session, actor, body.document_ids)
    headers = {"Content-Disposition": 'attachment; filename="scor.zip"'}
    return StreamingResponse(service.archive(resources, documents), media_type="application/zip", headers=headers)
