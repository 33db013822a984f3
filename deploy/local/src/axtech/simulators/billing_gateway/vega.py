"""Vega's interface over the same claims; the contract is `billing/gateways/vega.openapi.json`."""

from datetime import date
from typing import Annotated, Any, Literal

from common.clock import now
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from axtech.simulators.billing_gateway.outcomes import accepted_later, then_rejected
from axtech.simulators.billing_gateway.schemas import (
    AttachedDocument,
    Base64,
    Body,
    Claim,
    ClaimSubmission,
    Item,
    Patient,
    Prescriber,
    Prescription,
    Role,
    Settings,
    Text,
)
from axtech.simulators.billing_gateway.store import ReferenceReusedError, Store
from axtech.simulators.faults import FaultRequest, Kind

STATES = {"SUBMITTED": "TRANSMIS", "PENDING": "EN_TRAITEMENT", "ACCEPTED": "ACCEPTE", "REJECTED": "REJETE"}


class Piece(Body):
    role: Role
    type_mime: Annotated[str, Field(min_length=3)]
    contenu: Base64

    def document(self) -> AttachedDocument:
        return AttachedDocument(role=self.role, content_type=self.type_mime, content=self.contenu)


class NamedPiece(Piece):
    id: Text


class Assure(Body):
    nir: Annotated[str, Field(pattern=r"^[0-9]{6}[0-9AB][0-9]{8}$")]
    nom: Text
    prenom: Text
    date_naissance: date
    adresse: dict[str, Any]


class Prescripteur(Body):
    rpps: Annotated[str, Field(pattern=r"^[0-9]{11}$")]
    nom: Text


class Ordonnance(Body):
    date: date
    piece: Text


class Ligne(Body):
    code_lpp: Annotated[str, Field(min_length=1, max_length=20)]
    quantite: Annotated[int, Field(ge=1, le=999, strict=True)]
    prix_unitaire_centimes: Annotated[int, Field(ge=0, strict=True)]


class Depot(Body):
    numero_facture: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    assure: Assure
    prescripteur: Prescripteur | None
    prescription: Ordonnance
    lignes: Annotated[list[Ligne], Field(min_length=1, max_length=99)]
    pieces: Annotated[list[NamedPiece], Field(max_length=50)]

    def submission(self, reference: str) -> ClaimSubmission:
        """The same claim in the words of the other interface, as the store keeps it."""
        prescriber = self.prescripteur
        return ClaimSubmission(
            reference=reference,
            invoice_number=self.numero_facture,
            patient=Patient(
                nir=self.assure.nir,
                first_name=self.assure.prenom,
                last_name=self.assure.nom,
                date_of_birth=self.assure.date_naissance,
                address=self.assure.adresse,
            ),
            prescriber=Prescriber(rpps_number=prescriber.rpps, name=prescriber.nom) if prescriber else None,
            prescription=Prescription(date=self.prescription.date, document_ref=self.prescription.piece),
            items=[
                Item(
                    lppr_code=each.code_lpp,
                    quantity=each.quantite,
                    unit_price=f"{each.prix_unitaire_centimes // 100}.{each.prix_unitaire_centimes % 100:02d}",
                )
                for each in self.lignes
            ],
            attached_documents=[each.document() for each in self.pieces],
        )


class Motif(Body):
    code: str
    libelle: str


class Dossier(Body):
    reference: str
    etat: Literal["TRANSMIS", "EN_TRAITEMENT", "ACCEPTE", "REJETE"]
    motif: Motif | None

    @classmethod
    def of(cls, claim: Claim) -> "Dossier":
        reason = claim.rejection
        return cls.model_validate(
            {
                "reference": claim.reference,
                "etat": STATES[claim.status],
                "motif": Motif(code=reason.code, libelle=reason.reason) if reason else None,
            }
        )


def vega_routes(store: Store, settings: Settings, api_key: str | None) -> APIRouter:
    """Everything under `/api`."""
    router = APIRouter(prefix="/api", tags=["vega"], dependencies=[Depends(_token_check(api_key))])

    def known(reference: str) -> Claim:
        claims = store.claims(reference=reference)
        if not claims:
            raise HTTPException(404, "no such claim")
        return claims[0]

    @router.get("/dossiers")
    def look_up(reference: Annotated[str, Query(min_length=1)]) -> dict[str, list[Dossier]]:
        return {"dossiers": [Dossier.of(claim) for claim in store.claims(reference=reference)[:1]]}

    @router.put("/dossiers/{reference}", status_code=201)
    def file(reference: str, body: Depot, request: Request, response: Response) -> Dossier:
        fault: FaultRequest | None = getattr(request.state, "fault", None)
        steps = accepted_later(now().timestamp(), settings.accept_after_seconds)
        if fault is not None and fault.kind is Kind.LATE_REJECTION:
            steps = then_rejected(steps, fault.hold, fault.code, fault.reason)
        again = fault is not None and fault.kind is Kind.DUPLICATE_ACCEPTANCE
        try:
            claim, new = store.submit(
                body.submission(reference), steps, fault=fault.kind if fault else None, again=again
            )
        except ReferenceReusedError as error:
            raise HTTPException(409, "the reference belongs to another claim") from error
        response.status_code = 201 if new else 200
        return Dossier.of(claim)

    @router.put("/dossiers/{reference}/pieces/{identifier}", status_code=201)
    def add(claim: Annotated[Claim, Depends(known)], identifier: str, body: Piece) -> dict[str, str]:
        store.attach(claim.gateway_ref, [body.document()])
        return {"id": identifier}

    @router.get("/dossiers/{reference}/reglements")
    def payments(claim: Annotated[Claim, Depends(known)]) -> dict[str, list[dict[str, Any]]]:
        found = [
            {
                "montantCentimes": int(each.amount * 100),
                "datePaiement": each.paid_on.isoformat(),
                "payeur": "RO" if each.payer == "AMO" else "RC",
            }
            for each in store.payments(claim.gateway_ref)
        ]
        return {"reglements": found}

    @router.get("/retours")
    def returns(apres: str | None = None) -> dict[str, list[dict[str, Any]]]:
        if apres is not None and store.return_content(apres) is None:
            raise RequestValidationError([{"loc": ("query", "apres"), "msg": "no such file", "type": "value_error"}])
        found = store.returns(after=apres, limit=100)
        return {
            "retours": [
                {"numero": each.id, "nom": each.file_name, "octets": each.size_bytes, "sha256": each.sha256}
                for each in found
            ]
        }

    @router.get("/retours/{numero}", response_class=Response)
    def download(numero: str) -> Response:
        found = store.return_content(numero)
        if found is None:
            raise HTTPException(404, "no such file")
        return Response(found[1], media_type="application/octet-stream")

    return router


def _token_check(expected: str | None) -> Any:
    async def check(authorization: Annotated[str, Header()] = "") -> None:
        token = authorization.removeprefix("Bearer ")
        if not authorization.startswith("Bearer ") or not token or (expected and token != expected):
            raise HTTPException(401, "unknown token")

    return check
