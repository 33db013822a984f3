"""Vega over REST, to the contract in `vega.openapi.json`; fitting the real one means editing both.

Where Infimax answers with a reference of its own, Vega files a claim (`dossier`) under ours: putting it there twice
is harmless by construction. Its words are French, and its amounts whole cents.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from common.contracts.enums import ClaimStatus, GatewayType

from billing.gateways.interface import (
    ClaimPackage,
    GatewayRefused,
    PackageDocument,
    PaymentInfo,
    RemoteReturn,
    StatusReport,
)
from billing.gateways.rest import Answer, RestGateway

State = Literal["TRANSMIS", "EN_TRAITEMENT", "ACCEPTE", "REJETE"]
_STATUS: dict[State, ClaimStatus] = {
    "TRANSMIS": ClaimStatus.SUBMITTED,
    "EN_TRAITEMENT": ClaimStatus.PENDING,
    "ACCEPTE": ClaimStatus.ACCEPTED,
    "REJETE": ClaimStatus.REJECTED,
}


class _Reason(Answer):
    code: str
    libelle: str


class _File(Answer):
    reference: str
    etat: State
    motif: _Reason | None

    def report(self) -> StatusReport:
        rejection = (self.motif.code, self.motif.libelle) if self.motif else None
        return StatusReport(self.reference, _STATUS[self.etat], rejection)


class _Piece(Answer):
    id: str


class _Payment(Answer):
    montant_centimes: int
    date_paiement: date
    payeur: Literal["RO", "RC"]


class _Payments(Answer):
    reglements: list[_Payment]


class _Return(Answer):
    numero: str
    sha256: str


class _Returns(Answer):
    retours: list[_Return]


class Vega(RestGateway):
    """A claim is known, and found, by our reference."""

    gateway_type: ClassVar[GatewayType] = GatewayType.VEGA

    def __init__(self, url: str, token: str, *, timeout: float) -> None:
        super().__init__(url, {"Authorization": f"Bearer {token}"}, timeout=timeout)

    async def submit(self, package: ClaimPackage) -> StatusReport:
        return (await self._call(_File, "PUT", _path(package.reference), json=_file(package))).report()

    async def find(self, reference: str) -> StatusReport | None:
        found = await self._call(_Found, "GET", "/api/dossiers", params={"reference": reference})
        return found.dossiers[0].report() if found.dossiers else None

    async def attach(self, gateway_ref: str, documents: Sequence[PackageDocument]) -> None:
        for each in documents:
            await self._call(_Piece, "PUT", f"{_path(gateway_ref)}/pieces/{each.document_id}", json=_piece(each))

    async def status(self, gateway_ref: str) -> StatusReport:
        found = await self.find(gateway_ref)
        if found is None:
            raise GatewayRefused("the gateway does not know the claim any more")
        return found

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        found = await self._call(_Payments, "GET", f"{_path(gateway_ref)}/reglements")
        return [
            PaymentInfo(Decimal(each.montant_centimes).scaleb(-2), each.date_paiement, each.payeur == "RC")
            for each in found.reglements
        ]

    async def returns(self, after: str | None) -> list[RemoteReturn]:
        parameters = {"apres": after} if after else {}
        found = await self._call(_Returns, "GET", "/api/retours", params=parameters)
        return [RemoteReturn(each.numero, sha256=each.sha256) for each in found.retours]

    def download(self, remote: RemoteReturn) -> AsyncIterator[bytes]:
        return self._download(f"/api/retours/{quote(remote.id, safe='')}", remote.sha256)


class _Found(Answer):
    dossiers: list[_File]


def _path(reference: str) -> str:
    return f"/api/dossiers/{quote(reference, safe='')}"


def _file(package: ClaimPackage) -> dict[str, Any]:
    patient, prescriber = package.patient, package.prescriber
    return {
        "numeroFacture": package.invoice_number,
        "assure": {
            "nir": patient.nir,
            "nom": patient.last_name,
            "prenom": patient.first_name,
            "dateNaissance": patient.date_of_birth.isoformat(),
            "adresse": patient.address,
        },
        "prescripteur": {"rpps": prescriber.rpps_number, "nom": prescriber.name} if prescriber else None,
        "prescription": {"date": package.prescription.date.isoformat(), "piece": package.prescription.document_ref},
        "lignes": [
            {
                "codeLpp": item.lppr_code,
                "quantite": item.quantity,
                "prixUnitaireCentimes": int(item.unit_price.scaleb(2)),
            }
            for item in package.items
        ],
        "pieces": [{"id": str(each.document_id), **_piece(each)} for each in package.attached_documents],
    }


def _piece(document: PackageDocument) -> dict[str, Any]:
    made = document.model_dump(mode="json")
    return {"role": made["role"], "typeMime": made["content_type"], "contenu": made["content"]}
