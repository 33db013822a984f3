"""Who may call what: the stated policy of every route, held against the services by `test_every_route`.

Stated from the specification's section 2.3 and from who is named in the design of the API, never from what a service
answers. The letters stand for PATIENT, PRESCRIBER, OPS, BILLING, TECHNICIAN, COMPLIANCE_ADMIN, who call it about a
patient they have nothing to do with: `y` may, `n` may not (403), `s` sees no such thing (404). Without a token each
answers 401. PUBLIC needs none; PROVIDER wants the proof of a provider instead, whoever calls.
"""

from common.testing.matrix import ROLES, SPECIFIED

PUBLIC, PROVIDER = "public", "provider"
SIGNED_IN = "yyyyyy"

_ABOUT_A_STRANGER = {"No": "n", "Read": "n", "All": "y", "Yes": "y"}


def _matrix(permission: str, **settled: str) -> str:
    """What its row says; `settled` are roles whose cell this route narrows, or says more exactly."""
    row = SPECIFIED[permission]
    return "".join(settled.get(role) or _ABOUT_A_STRANGER.get(row[role], "s") for role in ROLES)


def _listing(permission: str) -> str:
    """A list of what its row lets one see, be it none; a new thing of one's own."""
    return "".join("n" if cell == "No" else "y" for cell in SPECIFIED[permission].values())


def _about(permission: str, *allowed: str) -> str:
    """For some of those who see the thing by its row; who sees it and is not among them is told that they may not."""
    row = _matrix(permission)
    return "".join(
        "y" if role in allowed else letter.replace("y", "n") for role, letter in zip(ROLES, row, strict=True)
    )


def _only(*roles: str, **settled: str) -> str:
    """For roles, whatever it is about."""
    return "".join(settled.get(role) or ("y" if role in roles else "n") for role in ROLES)


def _own(*others: str) -> str:
    """For whose it is, and for some roles."""
    return "".join("y" if role in others else "s" for role in ROLES)


_STAFF = _only("OPS", "BILLING", "TECHNICIAN", "COMPLIANCE_ADMIN")
_BILLING_ONLY = _only("BILLING")
_OPS_ONLY = _only("OPS")

POLICIES: dict[str, dict[str, str]] = {
    "identity": {
        "POST /api/v1/auth/register": PUBLIC,
        "POST /api/v1/auth/password/forgot": PUBLIC,
        "POST /api/v1/auth/password/reset": PUBLIC,
        "POST /api/v1/auth/password/change": SIGNED_IN,
        "POST /api/v1/auth/phone/request": SIGNED_IN,
        "POST /api/v1/auth/phone/confirm": SIGNED_IN,
        "POST /api/v1/auth/verify-email": PUBLIC,
        "GET /api/v1/users/me": SIGNED_IN,
        "GET /api/v1/users": _only("OPS", "COMPLIANCE_ADMIN"),
        "GET /api/v1/users/{user_id}": _only("OPS", "COMPLIANCE_ADMIN"),
        "PATCH /api/v1/users/{user_id}": _only("OPS", "COMPLIANCE_ADMIN"),
        "POST /api/v1/auth/login": PUBLIC,
        "POST /api/v1/auth/mfa/verify": PUBLIC,
        "POST /api/v1/auth/mfa/enroll": PUBLIC,
        "POST /api/v1/auth/mfa/activate": PUBLIC,
        "POST /api/v1/auth/refresh": PUBLIC,
        "POST /api/v1/auth/logout": _own(),
        "GET /api/v1/auth/sessions": SIGNED_IN,
        "DELETE /api/v1/auth/sessions/{session_id}": _own(),
        "GET /api/v1/staff": _only("COMPLIANCE_ADMIN"),
        "POST /api/v1/staff": _only("COMPLIANCE_ADMIN"),
        "POST /api/v1/patients/lookup": _only(PRESCRIBER="s"),  # nobody has this number
        "GET /api/v1/patients": _listing("case:read"),
        "POST /api/v1/patients/search": _listing("case:read"),
        "GET /api/v1/patients/{patient_id}": _matrix("case:read"),
        "PATCH /api/v1/patients/{patient_id}": _about("case:read", "OPS"),
        "GET /api/v1/prescribers": SIGNED_IN,
        "GET /api/v1/prescribers/{prescriber_id}": SIGNED_IN,
        "PATCH /api/v1/prescribers/{prescriber_id}": _OPS_ONLY,
        "GET /api/v1/patients/{patient_id}/proxies": _about("case:read", "OPS", "COMPLIANCE_ADMIN"),
        "POST /api/v1/patients/{patient_id}/proxies": _about("case:read", "OPS"),
        "DELETE /api/v1/proxies/{proxy_id}": _about("case:read", "OPS"),
        "GET /api/v1/patients/{patient_id}/consents": _about("case:read", "COMPLIANCE_ADMIN"),
        "POST /api/v1/patients/{patient_id}/consents": _about("case:read"),
        "POST /api/v1/consents/{consent_id}/withdraw": _about("case:read"),
        "POST /api/v1/break-glass": _STAFF,
        "GET /api/v1/audit-events": _matrix("audit:read"),
        "GET /api/v1/audit-events/verify": _matrix("audit:read"),
        "GET /api/v1/patients/{patient_id}/export": _about("case:read", "COMPLIANCE_ADMIN"),
        "GET /api/v1/patients/{patient_id}/exports": _about("case:read", "COMPLIANCE_ADMIN"),
        "GET /api/v1/patients/{patient_id}/exports/{export_id}": _about("case:read", "COMPLIANCE_ADMIN"),
        "POST /api/v1/patients/{patient_id}/erasure": _about("case:read", "COMPLIANCE_ADMIN"),
        "GET /.well-known/jwks.json": PUBLIC,
    },
    "cases": {
        "GET /api/v1/product-families": SIGNED_IN,
        "POST /api/v1/product-families": _OPS_ONLY,
        "GET /api/v1/product-families/{family_id}": SIGNED_IN,
        "PATCH /api/v1/product-families/{family_id}": _OPS_ONLY,
        "GET /api/v1/products": SIGNED_IN,
        "POST /api/v1/products": _OPS_ONLY,
        "GET /api/v1/products/{product_id}": SIGNED_IN,
        "PATCH /api/v1/products/{product_id}": _OPS_ONLY,
        "PUT /api/v1/products/{product_id}/lppr-items": _OPS_ONLY,
        "GET /api/v1/lppr-items": SIGNED_IN,
        "POST /api/v1/lppr-items": _only("OPS", "BILLING"),
        "GET /api/v1/lppr-items/{item_id}": SIGNED_IN,
        "POST /api/v1/lppr-items/import": _only("OPS", "BILLING"),
        "GET /api/v1/lppr-items/import/{import_id}": _only("OPS", "BILLING"),
        "GET /api/v1/lppr-items/import/{import_id}/refusals": _only("OPS", "BILLING"),
        "GET /api/v1/prescriptions": _only(
            "PATIENT", "PRESCRIBER", "OPS", "COMPLIANCE_ADMIN"
        ),  # patient, proxy, prescriber, OPS, and who answers for the right of access
        "POST /api/v1/prescriptions": _matrix("case:create", OPS="s"),  # the paper it names is nobody's
        "GET /api/v1/prescriptions/{prescription_id}": _matrix("case:read", BILLING="n", TECHNICIAN="n"),
        "POST /api/v1/prescriptions/{prescription_id}/verify": _OPS_ONLY,
        "GET /api/v1/cases": _listing("case:read"),
        "POST /api/v1/cases": _matrix("case:create"),
        "POST /api/v1/cases/search": _listing("case:read"),
        "GET /api/v1/cases/{case_id}": _matrix("case:read"),
        "PATCH /api/v1/cases/{case_id}": _matrix("case:update", BILLING="n"),
        "POST /api/v1/cases/{case_id}/transitions": _matrix(
            "case:update", BILLING="n"
        ),  # BILLING makes those that follow a claim: there is none
        "GET /api/v1/cases/{case_id}/quotes": _matrix("case:read"),
        "POST /api/v1/cases/{case_id}/quotes": _matrix("quote:create"),
        "GET /api/v1/quotes/{quote_id}": _matrix("case:read"),
        "POST /api/v1/quotes/{quote_id}/send": _matrix("quote:create"),
        "POST /api/v1/quotes/{quote_id}/approve": _matrix("quote:approve"),
        "POST /api/v1/quotes/{quote_id}/reject": _matrix("quote:approve"),
        "POST /api/v1/cases/{case_id}/delivery/schedule": _only("OPS", TECHNICIAN="s"),
        "POST /api/v1/cases/{case_id}/delivery/complete": _only(
            OPS="s", TECHNICIAN="s"
        ),  # the proof it names is nobody's
        "GET /api/v1/cases/{case_id}/notes": _matrix("case:read"),
        "POST /api/v1/cases/{case_id}/notes": _matrix("case:update", BILLING="y"),  # BILLING may add notes
        "GET /api/v1/cases/{case_id}/tasks": _matrix("case:read"),
        "POST /api/v1/cases/{case_id}/tasks": _OPS_ONLY,
        "PATCH /api/v1/tasks/{task_id}": _matrix(
            "case:update", BILLING="n", TECHNICIAN="s"
        ),  # a technician may be given one
        "GET /api/v1/cases/{case_id}/timeline": _matrix("case:read"),
    },
    "documents": {
        "GET /api/v1/documents": _listing("document:read"),
        "POST /api/v1/documents": _listing("document:upload"),
        "POST /api/v1/documents/{document_id}/complete": _about("document:read"),
        "POST /api/v1/documents/{document_id}/multipart": _about("document:read"),
        "DELETE /api/v1/documents/{document_id}/multipart": _about("document:read"),
        "GET /api/v1/documents/{document_id}": _matrix("document:read"),
        "DELETE /api/v1/documents/{document_id}": _about("document:read", "OPS"),
        "GET /api/v1/documents/{document_id}/download": _matrix("document:read"),
        "PUT /api/v1/documents/{document_id}/legal-hold": _only("COMPLIANCE_ADMIN"),
        "DELETE /api/v1/documents/{document_id}/legal-hold": _only("COMPLIANCE_ADMIN"),
        "PATCH /api/v1/documents/{document_id}/metadata": _only("OPS", "BILLING"),
        "GET /api/v1/documents/{document_id}/thumbnail": _matrix("document:read"),
        "POST /api/v1/documents/scor-check": _only(BILLING="s"),  # no such case
        "POST /api/v1/documents/scor-export": _only(BILLING="s"),
    },
    "billing": {
        "GET /api/v1/claims/denials": _matrix("claim:read"),
        "GET /api/v1/claims/reconciliation": _only(OPS="s", BILLING="s", COMPLIANCE_ADMIN="s"),  # none is made yet
        "POST /api/v1/claims/reconciliation": _matrix("claim:submit"),
        "GET /api/v1/claims/reconciliation/csv": _matrix("claim:read"),
        "GET /api/v1/claims/worklist": _matrix("claim:submit"),
        "GET /api/v1/claims/{claim_id}/manual-entry": _matrix("claim:submit"),
        "GET /api/v1/claims": _matrix("claim:read"),
        "GET /api/v1/claims/{claim_id}": _matrix("claim:read"),
        "GET /api/v1/claims/{claim_id}/returns": _matrix("claim:read"),
        "GET /api/v1/claims/{claim_id}/payments": _matrix("claim:read"),
        "POST /api/v1/claims/{claim_id}/documents": _matrix("claim:submit"),
        "DELETE /api/v1/claims/{claim_id}/documents/{document_id}": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/submit": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/resubmit": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/cancel": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/write-off": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/result": _matrix("claim:submit"),
        "POST /api/v1/claims/{claim_id}/sync": _matrix("claim:submit"),
        "GET /api/v1/returns": _matrix("claim:submit"),
        "POST /api/v1/returns": _matrix("claim:submit"),
        "GET /api/v1/returns/{return_id}": _matrix("claim:submit"),
        "POST /api/v1/returns/{return_id}/outcome": _matrix("claim:submit"),
        "POST /api/v1/returns/{return_id}/entries/{entry_id}/match": _matrix("claim:submit"),
    },
    "devices": {
        "GET /api/v1/devices/recalls": _only("OPS", "COMPLIANCE_ADMIN"),
        "POST /api/v1/devices/recalls": _OPS_ONLY,
        "GET /api/v1/devices/recalls/{recall_id}": _only("OPS", "COMPLIANCE_ADMIN"),
        "GET /api/v1/devices/recalls/{recall_id}/devices": _only("OPS", "COMPLIANCE_ADMIN"),
        "GET /api/v1/devices": _listing("device:read"),
        "GET /api/v1/devices/{device_id}": _matrix("device:read"),
        "PATCH /api/v1/devices/{device_id}": _about("device:read", "OPS"),
        "GET /api/v1/devices/{device_id}/history": _matrix("device:read"),
        "GET /api/v1/devices/{device_id}/maintenance-contract": _matrix("device:read"),
        "POST /api/v1/maintenance-contracts/{contract_id}/renew": _OPS_ONLY,
        "POST /api/v1/maintenance-contracts/{contract_id}/cancel": _OPS_ONLY,
        "GET /api/v1/tickets": _listing("device:read"),
        "POST /api/v1/tickets": _matrix("ticket:create"),
        "GET /api/v1/tickets/workload": _matrix("ticket:assign"),
        "GET /api/v1/tickets/{ticket_id}": _matrix("device:read"),
        "PATCH /api/v1/tickets/{ticket_id}": _about("device:read", "OPS"),
        "GET /api/v1/tickets/{ticket_id}/history": _matrix("device:read"),
        "POST /api/v1/tickets/{ticket_id}/assign": _matrix("ticket:assign"),
        "POST /api/v1/tickets/{ticket_id}/transitions": _about("device:read", "OPS"),
        "GET /api/v1/tickets/{ticket_id}/visits": _matrix("device:read"),
        "POST /api/v1/tickets/{ticket_id}/visits": _about("device:read", "OPS"),
        "GET /api/v1/visits": _listing("device:read"),
        "GET /api/v1/visits/{visit_id}": _matrix("device:read"),
        "POST /api/v1/visits/{visit_id}/depart": _about("device:read", "OPS"),
        "POST /api/v1/visits/{visit_id}/arrive": _about("device:read", "OPS"),
        "POST /api/v1/visits/{visit_id}/complete": _about("device:read", "OPS"),
        "POST /api/v1/visits/{visit_id}/reschedule": _about("device:read", "OPS"),
        "GET /api/v1/tickets/{ticket_id}/parts": _matrix("device:read"),
        "POST /api/v1/tickets/{ticket_id}/parts": _about("device:read"),
        "GET /api/v1/chat/conversations": _only("PATIENT", "OPS", "COMPLIANCE_ADMIN"),
        "POST /api/v1/chat/conversations": _only("PATIENT"),
        "GET /api/v1/chat/conversations/{conversation_id}": _only("COMPLIANCE_ADMIN", PATIENT="s", OPS="s"),
        "POST /api/v1/chat/conversations/{conversation_id}/handled": _only(OPS="s"),
        "GET /api/v1/chat/conversations/{conversation_id}/messages": _only("COMPLIANCE_ADMIN", PATIENT="s", OPS="s"),
        "POST /api/v1/chat/conversations/{conversation_id}/messages": _only(PATIENT="s", OPS="s"),
    },
    "notifications": {
        "GET /api/v1/notifications/preferences": SIGNED_IN,
        "PUT /api/v1/notifications/preferences": SIGNED_IN,
        "GET /api/v1/notifications/unsubscribe": PUBLIC,
        "POST /api/v1/notifications/unsubscribe": PUBLIC,
        "GET /api/v1/notifications": SIGNED_IN,
        "GET /api/v1/notifications/{notification_id}": _own("OPS", "COMPLIANCE_ADMIN"),
        "POST /api/v1/notifications/{notification_id}/retry": _OPS_ONLY,
        "GET /api/v1/notification-templates": _STAFF,
        "GET /api/v1/notification-templates/{template_id}/versions": _STAFF,
        "GET /api/v1/notification-templates/{template_id}/preview": _STAFF,
        "POST /api/v1/webhooks/brevo": PROVIDER,
        "POST /api/v1/webhooks/twilio": PROVIDER,
    },
}

_ID = "01890000-0000-7000-8000-000000000001"
_CONSENT: dict[str, object] = {"version": "1.0.0", "textHash": "ab" * 32}

BODIES: dict[str, dict[str, object]] = {
    "POST /api/v1/lppr-items": {"code": "4320187", "category": "VEH", "maxPrice": "1.00"},
    "POST /api/v1/cases/{case_id}/quotes": {
        "lines": [{"productId": _ID, "lpprItemId": _ID, "quantity": 1, "unitPrice": "1.00"}]
    },
    "PATCH /api/v1/cases/{case_id}": {"priority": "URGENT"},
    "PATCH /api/v1/tasks/{task_id}": {"status": "COMPLETED"},
    "POST /api/v1/cases": {"patientId": "{patient_id}", "prescriptionId": "{prescription_id}"},
    "POST /api/v1/tickets": {"deviceId": "{device_id}"},
    "POST /api/v1/returns/{return_id}/entries/{entry_id}/match": {"claimId": "{claim_id}"},
    "POST /api/v1/break-glass": {"patientId": "{patient_id}"},
    "POST /api/v1/devices/recalls": {"productId": _ID},
    "PATCH /api/v1/devices/{device_id}": {"status": "IN_REPAIR"},
    "POST /api/v1/tickets/{ticket_id}/parts": {"quantity": 1, "unitCost": "1.00"},
    "PATCH /api/v1/tickets/{ticket_id}": {"severity": "HIGH"},
    "POST /api/v1/documents": {"mimeType": "application/pdf", "sizeBytes": 10, "filename": "a.pdf"},
    "PATCH /api/v1/documents/{document_id}/metadata": {"values": {"documentDate": "2026-01-02"}},
    "PATCH /api/v1/patients/{patient_id}": {"contactPreference": "SMS"},
    "POST /api/v1/patients/lookup": {"nir": "295109912611193"},
    "POST /api/v1/patients/search": {"q": "Martin"},
    "POST /api/v1/patients/{patient_id}/consents": _CONSENT,
    "PATCH /api/v1/prescribers/{prescriber_id}": {"specialty": "MPR"},
    "POST /api/v1/auth/phone/confirm": {"code": "123456"},
}
"""What a body must have that its schema alone does not tell; `{name}` stands for the stranger's id of that name."""

ABOUT_STRANGERS: dict[str, tuple[dict[str, object], str]] = {
    # A prescriber finds patients by their number to hand in prescriptions; a technician has patients to visit.
    "POST /api/v1/documents": ({"patientId": "{patient_id}"}, _matrix("document:upload", PRESCRIBER="y")),
}
"""Calls that may also be made about somebody whom their path does not name: what then is added, and who may."""
