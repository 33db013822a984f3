"""Codes in words."""

from collections.abc import Mapping
from enum import StrEnum

from common.contracts.enums import ContractType, DocumentType, GatewayType, Severity

_GATEWAYS: dict[StrEnum, str] = {
    GatewayType.INFIMAX: "Infimax",
    GatewayType.VEGA: "Vega",
    GatewayType.LGPI: "LGPI",
}

LABELS: Mapping[str, Mapping[StrEnum, str]] = {
    "fr": {
        DocumentType.PRESCRIPTION: "Ordonnance",
        DocumentType.ID_CARD: "Pièce d’identité",
        DocumentType.CARTE_VITALE: "Carte Vitale",
        DocumentType.PROOF_OF_ADDRESS: "Justificatif de domicile",
        DocumentType.QUOTE_PDF: "Devis",
        DocumentType.DELIVERY_PROOF: "Bon de livraison",
        DocumentType.OTHER: "Autre document",
        ContractType.MANUAL: "Fauteuil roulant manuel",
        ContractType.ELECTRIC: "Fauteuil roulant électrique",
        Severity.LOW: "Faible",
        Severity.MEDIUM: "Moyenne",
        Severity.HIGH: "Élevée",
        Severity.CRITICAL: "Critique",
        GatewayType.MANUAL: "Saisie manuelle",
        **_GATEWAYS,
    },
    "en": {
        DocumentType.PRESCRIPTION: "Prescription",
        DocumentType.ID_CARD: "Identity document",
        DocumentType.CARTE_VITALE: "Carte Vitale",
        DocumentType.PROOF_OF_ADDRESS: "Proof of address",
        DocumentType.QUOTE_PDF: "Quote",
        DocumentType.DELIVERY_PROOF: "Delivery note",
        DocumentType.OTHER: "Other document",
        ContractType.MANUAL: "Manual wheelchair",
        ContractType.ELECTRIC: "Electric wheelchair",
        Severity.LOW: "Low",
        Severity.MEDIUM: "Medium",
        Severity.HIGH: "High",
        Severity.CRITICAL: "Critical",
        GatewayType.MANUAL: "Entered by hand",
        **_GATEWAYS,
    },
}
