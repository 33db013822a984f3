"""What addresses and numbers must look like; each type gives the one spelling that is stored."""

import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, WithJsonSchema
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir as nir_number


def normal_email(value: str) -> str:
    """The address in lower-case ASCII; ValueError when it is none. Local parts beyond ASCII are refused: they can be
    made to look like another address."""
    try:
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError("not a valid e-mail address") from error
    return str(found.ascii_email).lower()


def normal_nir(value: str) -> str:
    """The 15 characters of a French social security number, Corsica's 2A and 2B included; ValueError."""
    try:
        return str(nir_number.validate(value))
    except (ValidationError, ValueError) as error:
        raise ValueError("not a valid social security number (15 digits with their key)") from error


def normal_rpps(value: str) -> str:
    """The 11 digits of a prescriber's RPPS number, the last a Luhn key; ValueError."""
    if not re.fullmatch(r"[0-9]{11}", value) or not luhn.is_valid(value):
        raise ValueError("not a valid RPPS number (11 digits, the last a Luhn key)")
    return value


def plain_text(value: str) -> str:
    """Composed (NFC), without control characters; ValueError when there are any."""
    text = unicodedata.normalize("NFC", value)
    if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in text):
        raise ValueError("control characters are not allowed")
    return text


def plain_lines(value: str) -> str:
    """As `plain_text`, line breaks and tabs allowed."""
    for line in re.split(r"[\r\n\t]+", value):
        plain_text(line)
    return unicodedata.normalize("NFC", value)


def _password(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("not valid Unicode text") from error
    return unicodedata.normalize("NFC", value)


Email = Annotated[
    str,
    Field(max_length=254),
    AfterValidator(normal_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+33612345678"])]
NewPassword = Annotated[str, Field(min_length=10, max_length=128), AfterValidator(_password)]
"""At least 10 code points, at most 128."""
GivenPassword = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_password)]
"""A password to compare: no lower bound, so that an old one still works."""
Nir = Annotated[str, Field(max_length=30, examples=["295109912611193"]), AfterValidator(normal_nir)]
Rpps = Annotated[str, Field(examples=["10003456789"]), AfterValidator(normal_rpps)]
Adeli = Annotated[str, Field(pattern=r"^[0-9]{9}$")]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(plain_text)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]
DeviceFingerprint = Annotated[str, Field(min_length=1, max_length=512)]


def searchable(*parts: str) -> str:
    """Names as they are searched: without accents, case and punctuation."""
    decomposed = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed).casefold()  # folding may leave something to decompose
    kept = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", " ", kept).strip()


def masked_nir(value: str) -> str:
    """The last four characters, as shown to those who need not know the rest."""
    return "*" * (len(value) - 4) + value[-4:]
