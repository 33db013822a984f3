"""Causes of denials. Codes are renumbered from time to time, so the label's words decide, and the code where they say
nothing; the table is what billing staff would correct."""

import unicodedata
from enum import StrEnum


class Cause(StrEnum):
    """Where a denial comes from."""

    DOCUMENT = "DOCUMENT"
    RIGHTS = "RIGHTS"
    PRESCRIPTION = "PRESCRIPTION"
    PRIOR_AGREEMENT = "PRIOR_AGREEMENT"
    TARIFF = "TARIFF"
    DUPLICATE = "DUPLICATE"
    IDENTITY = "IDENTITY"
    OTHER = "OTHER"


class NextStep(StrEnum):
    """What is proposed to do about a denied claim."""

    REPLACE_DOCUMENT = "REPLACE_DOCUMENT"
    ASK_PATIENT_FOR_RIGHTS = "ASK_PATIENT_FOR_RIGHTS"
    ASK_PRESCRIBER = "ASK_PRESCRIBER"
    REQUEST_PRIOR_AGREEMENT = "REQUEST_PRIOR_AGREEMENT"
    CORRECT_QUOTE = "CORRECT_QUOTE"
    FIND_FIRST_PAYMENT = "FIND_FIRST_PAYMENT"
    CORRECT_IDENTITY = "CORRECT_IDENTITY"
    CALL_INSURANCE = "CALL_INSURANCE"


_WORDS: tuple[tuple[Cause, tuple[str, ...]], ...] = (
    (Cause.DUPLICATE, ("doublon", "deja rembours", "deja regl", "deja factur")),
    (Cause.PRIOR_AGREEMENT, ("entente prealable", "accord prealable", "demande d'accord", "dap ")),
    (Cause.PRESCRIPTION, ("ordonnance", "prescription", "prescripteur", "rpps")),
    (Cause.DOCUMENT, ("piece", "justificati", "illisible", "document", "scor")),
    (Cause.RIGHTS, ("droit", "assure inconnu", "regime", "centre gestionnaire")),
    (Cause.IDENTITY, ("nir", "identite", "date de naissance", "beneficiaire", "matricule")),
    (Cause.TARIFF, ("tarif", "prix", "plv", "montant", "lpp", "cotation")),
)

NEXT_STEP: dict[Cause, NextStep] = {
    Cause.DOCUMENT: NextStep.REPLACE_DOCUMENT,
    Cause.RIGHTS: NextStep.ASK_PATIENT_FOR_RIGHTS,
    Cause.PRESCRIPTION: NextStep.ASK_PRESCRIBER,
    Cause.PRIOR_AGREEMENT: NextStep.REQUEST_PRIOR_AGREEMENT,
    Cause.TARIFF: NextStep.CORRECT_QUOTE,
    Cause.DUPLICATE: NextStep.FIND_FIRST_PAYMENT,
    Cause.IDENTITY: NextStep.CORRECT_IDENTITY,
    Cause.OTHER: NextStep.CALL_INSURANCE,
}


def cause_of(label: str | None) -> Cause:
    """The cause that a denial's label tells, whatever its accents and case."""
    plain = unicodedata.normalize("NFKD", f"{label or ''} ").encode("ascii", "ignore").decode().lower()
    return next((cause for cause, words in _WORDS if any(word in plain for word in words)), Cause.OTHER)


def next_step(label: str | None) -> NextStep:
    """What is proposed to do about a denial with this label."""
    return NEXT_STEP[cause_of(label)]
