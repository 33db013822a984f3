"""What PDFs of ours have in common: who sells, where people live, and what is said of answers that do not do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from common.events.retry import PermanentError
from pydantic import ValidationError

from documents.rendering import Address, Seller
from documents.settings import DocumentsSettings


class Incomplete(PermanentError):
    """Something a document must show is missing; the message names the field, never its value."""


@contextmanager
def fit_to_print() -> Iterator[None]:
    """`Incomplete` for what another service answered and a document cannot be made of."""
    try:
        yield
    except ValidationError as error:
        fields = {".".join(map(str, problem["loc"])) or problem["msg"] for problem in error.errors(include_input=False)}
        raise Incomplete(f"not fit to print: {', '.join(sorted(fields))}") from None
    except KeyError as error:
        raise Incomplete(f"an answer lacks {error.args[0]}") from None


def seller(settings: DocumentsSettings) -> Seller:
    """Who sells, as configured."""
    return Seller(
        name=settings.seller_name,
        address=Address(
            lines=(settings.seller_address,), postal_code=settings.seller_postal_code, city=settings.seller_city
        ),
        siret=settings.seller_siret,
        vat_number=settings.seller_vat_number,
        health_insurance_number=settings.seller_health_insurance_number,
        phone=settings.seller_phone,
        email=settings.seller_email,
    )


def address(given: Mapping[str, Any] | None) -> Address | None:
    """None where the patient has given none, or not all of it: it is not for us to insist."""
    known = {name: str(value).strip() for name, value in (given or {}).items() if value}
    lines = tuple(known[name] for name in ("line1", "line2") if known.get(name))
    if not lines or not known.get("postalCode") or not known.get("city"):
        return None
    return Address(lines=lines, postal_code=known["postalCode"], city=known["city"])
