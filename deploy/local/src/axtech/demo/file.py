"""From a new account to an open case with a quote."""

import asyncio
import hashlib
from urllib.parse import parse_qs, urlsplit

from common.contracts.enums import Role

from axtech.demo.api import NotSeen, seen
from axtech.demo.cast import Cast, Happened, sample
from axtech.demo.people import sign_in

PAPERS = {
    "PRESCRIPTION": ("ordonnance.pdf", "application/pdf"),
    "ID_CARD": ("carte-identite.png", "image/png"),
    "CARTE_VITALE": ("carte-vitale.png", "image/png"),
    "PROOF_OF_ADDRESS": ("justificatif-domicile.pdf", "application/pdf"),
}


async def register(cast: Cast) -> Happened:
    consents = [
        {"consentType": kind, "version": "1.0.0", "textHash": hashlib.sha256(kind.encode()).hexdigest()}
        for kind in ("HEALTH_DATA", "TERMS_OF_SERVICE")
    ]
    profile = {
        "firstName": "Éléonore",
        "lastName": "Martin-Spécimen",
        "dateOfBirth": "1958-03-14",
        "nir": "258039999999933",
        "contactPreference": "EMAIL",
        "address": {"line1": "3 allée de l’Invention", "postalCode": "99999", "city": "Ville-Fictive"},
    }
    made = await cast.patient.post(
        "/auth/register",
        {
            "email": cast.email,
            "password": cast.password,
            "phone": cast.phone,
            "role": "PATIENT",
            "profile": profile,
            "consents": consents,
        },
    )
    cast.facts.patient_id = made["profileId"]
    return [f"account {made['status']}, with consents to the use of health data and to the terms"]


async def verify(cast: Cast) -> Happened:
    mail = await cast.mail(lambda message: bool(message["links"]), "the verification mail")
    token = parse_qs(urlsplit(mail["links"][0]).query)["token"][0]
    verified = await cast.patient.post("/auth/verify-email", {"token": token})
    await sign_in(cast.patient, cast.email, cast.password)
    return [f"mail “{mail['subject']}” received", f"account {verified['status']}, signed in"]


async def staff_log_in(cast: Cast) -> Happened:
    people = {
        Role.OPS: cast.ops,
        Role.BILLING: cast.billing,
        Role.TECHNICIAN: cast.technician,
        Role.COMPLIANCE_ADMIN: cast.compliance,
    }
    for role, api in people.items():
        await cast.setting.sessions.sign_in(api, cast.setting.staff[role.value])
    return [", ".join(people)]


async def upload_papers(cast: Cast) -> Happened:
    made = await asyncio.gather(*(_upload_paper(cast, kind) for kind in PAPERS))
    cast.facts.papers = dict(zip(PAPERS, made, strict=True))
    return [f"{kind.lower()} {PAPERS[kind][0]}: CLEAN" for kind in PAPERS]


async def _upload_paper(cast: Cast, kind: str) -> str:
    name, mime_type = PAPERS[kind]
    return await cast.upload(cast.patient, kind, name, sample(name), mime_type, {"patientId": cast.facts.patient_id})


async def prescribe(cast: Cast) -> Happened:
    made = await cast.patient.post(
        "/prescriptions",
        {
            "patientId": cast.facts.patient_id,
            "documentId": cast.facts.papers["PRESCRIPTION"],
            "prescriptionDate": "2026-02-12",
            "productCategory": "ELECTRIC_WHEELCHAIR",
        },
    )
    cast.facts.prescription_id = made["id"]
    verified = await cast.ops.post(f"/prescriptions/{made['id']}/verify", {"decision": "VERIFIED"})
    return [f"of 12 February 2026 for an electric wheelchair: {verified['verificationStatus']}"]


async def open_case(cast: Cast) -> Happened:
    case = await cast.patient.post(
        "/cases", {"patientId": cast.facts.patient_id, "prescriptionId": cast.facts.prescription_id}
    )
    cast.facts.case_id, cast.facts.case_number = case["id"], case["caseNumber"]
    return [f"{case['caseNumber']}: {case['status']}"]


async def review(cast: Cast) -> Happened:
    me = await cast.ops.get("/users/me")
    await cast.ops.patch(f"/cases/{cast.facts.case_id}", {"assignedTo": me["id"]})
    happened = []
    for status in ("DOCUMENTS_COMPLETE", "UNDER_REVIEW"):
        case = await cast.case(cast.ops)
        if case["status"] != status:
            case = await cast.ops.post(f"/cases/{cast.facts.case_id}/transitions", {"to": status})
        happened.append(case["status"])
    checked = {"idVerified": True, "carteVitaleVerified": True, "addressVerified": True}
    await cast.ops.patch(f"/cases/{cast.facts.case_id}", {"checklistState": checked})
    await cast.case_in("QUOTE_PENDING")
    return [" → ".join([*happened, "QUOTE_PENDING"]), "identity, Carte Vitale and address checked"]


async def quote(cast: Cast) -> Happened:
    line = {
        "productId": cast.setting.product["id"],
        "lpprItemId": cast.setting.product["lpprItemId"],
        "quantity": 1,
        "unitPrice": "3161.21",
    }
    made = await cast.ops.post(f"/cases/{cast.facts.case_id}/quotes", {"lines": [line]})
    cast.facts.quote_id = made["id"]
    await cast.ops.post(f"/quotes/{made['id']}/send")
    sent = await seen(
        lambda: cast.patient.get(f"/quotes/{made['id']}"),
        lambda quote: quote["pdfDocumentId"],
        what="the quote's PDF",
    )
    link = await cast.patient.get(f"/documents/{sent['pdfDocumentId']}/download")
    pdf = (await cast.web.get(link["url"])).raise_for_status().content
    if not pdf.startswith(b"%PDF-"):
        raise NotSeen("the quote's document is no PDF")
    return [
        f"{sent['quoteNumber']}: total {sent['totalAmount']} €, covered {sent['lpprCoverage']} €, "
        f"remainder {sent['patientRemainder']} €",
        f"PDF of {len(pdf) // 1024} kB downloaded by the patient",
    ]
