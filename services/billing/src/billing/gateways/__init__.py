"""Billing gateways: one interface (section 11.1), an adapter for each software."""

from billing.gateways.interface import (
    BillingGateway,
    ClaimPackage,
    GatewayRefused,
    GatewayUnavailable,
    PackageDocument,
    PackageHeader,
    PackageItem,
    PackagePatient,
    PackagePrescriber,
    PackagePrescription,
    PaymentInfo,
    RemoteReturn,
    ReturnSource,
    StatusReport,
)

__all__ = [
    "BillingGateway",
    "ClaimPackage",
    "GatewayRefused",
    "GatewayUnavailable",
    "PackageDocument",
    "PackageHeader",
    "PackageItem",
    "PackagePatient",
    "PackagePrescriber",
    "PackagePrescription",
    "PaymentInfo",
    "RemoteReturn",
    "ReturnSource",
    "StatusReport",
]
