import datetime as dt
import io
import re
import zlib
from decimal import Decimal
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from documents.content import ContentCheck, Declaration, MediaType
from documents.rendering import (
    Address,
    DeliveredItem,
    DeliveryNote,
    Patient,
    PrescriptionReference,
    QuoteDocument,
    QuoteLine,
    RenderError,
    Seller,
    render,
    render_delivery_note,
    render_quote,
)
from documents.rendering.typst import DRAWN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

NNBSP = "\u202f"
SELLER = Seller(
    name="AX TECH Mobilité",
    address=Address(lines=("12 rue des Tilleuls",), postal_code="69003", city="Lyon"),
    siret="12345678900012",
    vat_number="FR32123456789",
)
PATIENT = Patient(
    first_name="Éléonore",
    last_name="DUPONT-FICTIF",
    address=Address(lines=("3 allée de l’Invention",), postal_code="75020", city="Paris"),
    birth_date=dt.date(1958, 3, 1),
    nir="258037599999932",
    representative="Jean Dupont",
)


def line(label: str = "Appui-tête", price: str = "149.90", quantity: int = 1, **more: Any) -> QuoteLine:
    amount = Decimal(price)
    return QuoteLine(label=label, unit_price=amount, quantity=quantity, total=amount * quantity, **more)


def base_line(label: str = "Appui-tête", price: str = "149.90", quantity: int = 1) -> QuoteLine:
    return line(label, price, quantity, lppr_code="4222803", plv=Decimal("3161.21"))


def quote(base: list[QuoteLine] | None = None, options: list[QuoteLine] | None = None, **more: Any) -> QuoteDocument:
    base = base or [base_line("Fauteuil roulant électrique", "3161.21")]
    options = options or []
    coverage = sum((item.total for item in base), Decimal("0.00"))
    remainder = sum((item.total for item in options), Decimal("0.00"))
    values: dict[str, Any] = {
        "number": "D-2026-000042",
        "version": 2,
        "issued_on": dt.date(2026, 3, 1),
        "valid_until": dt.date(2026, 5, 31),
        "case_number": "AX-2026-000017",
        "seller": SELLER,
        "patient": PATIENT,
        "prescription": PrescriptionReference(
            prescribed_on=dt.date(2026, 2, 12), prescriber_name="Dr Camille Exemple", prescriber_rpps="10101234567"
        ),
        "base_lines": base,
        "optional_lines": options,
        "coverage": coverage,
        "patient_remainder": remainder,
        "total": coverage + remainder,
        "vat_rate": Decimal("5.50"),
    }
    return QuoteDocument(**{**values, **more})


def note(**more: Any) -> DeliveryNote:
    values: dict[str, Any] = {
        "number": "BL-2026-000031",
        "issued_on": dt.date(2026, 4, 20),
        "delivered_on": dt.date(2026, 4, 20),
        "case_number": "AX-2026-000017",
        "quote_number": "D-2026-000042",
        "seller": SELLER,
        "patient": PATIENT,
        "technician": "Karim Modèle",
        "items": [DeliveredItem(label="Fauteuil Horizon", lppr_code="4222803", serial_number="HZ2-0098431")],
    }
    return DeliveryNote(**{**values, **more})


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as a reader selects it; lines joined."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    finally:
        document.close()
    # A word cut at a line's end comes with a soft mark, words cut anywhere with a zero-width space.
    return [re.sub(r"[\u200b\ufffe]", "", text).replace("\r\n", " ") for text in texts]


async def text_of(document: QuoteDocument | DeliveryNote) -> str:
    render_one = render_quote(document) if isinstance(document, QuoteDocument) else render_delivery_note(document)
    return " ".join(pages(await render_one))


async def test_a_quote_says_all_that_the_patient_signs() -> None:
    text = await text_of(quote(options=[line("Finition bleu nuit", "1089.00", 2, details="Cadre et roues")]))
    for expected in (
        "DEVIS",
        "D-2026-000042",
        "version 2",
        "1er mars 2026",
        "31 mai 2026",
        "AX-2026-000017",
        "AX TECH Mobilité",
        "123\u00a0456\u00a0789\u00a000012",
        "DUPONT-FICTIF Éléonore",
        "Né(e) le 01/03/1958",
        "2\u00a058\u00a003\u00a075\u00a0999\u00a0999\u00a032",
        "Représenté(e) par Jean Dupont",
        "12 février 2026",
        "Dr Camille Exemple",
        "10101234567",
        "4222803",
        "Fauteuil roulant électrique",
        "Options facultatives",
        "Finition bleu nuit",
        "Cadre et roues",
        f"1{NNBSP}089,00\u00a0€",
        f"Total TTC 5{NNBSP}339,21\u00a0€",
        f"Prise en charge Assurance maladie (LPPR) 3{NNBSP}161,21\u00a0€",
        f"Reste à charge du patient 2{NNBSP}178,00\u00a0€",
        f"5,5{NNBSP}%",
        f"PLV{NNBSP}: prix limite de vente",
        "«\u00a0Bon pour accord\u00a0»",
        f"Signature{NNBSP}:",
        "Page\u00a01\u00a0/\u00a01",
    ):
        assert solid(expected) in solid(text), expected


def plain(text: str) -> str:
    """Readers give the same space back as one or another kind."""
    return re.sub(r"\s+", " ", text)


def solid(text: str) -> str:
    """Without spaces: readers guess the narrow ones from the gaps."""
    return re.sub(r"\s+", "", text)


async def test_a_quote_covered_in_full_leaves_nothing_to_pay() -> None:
    text = plain(await text_of(quote()))
    assert "Reste à charge du patient 0,00 €" in text
    assert "Options facultatives, non" not in text


@pytest.mark.parametrize(("rate", "shown"), [("5.50", "5,5"), ("20", "20"), ("10.00", "10"), ("0", "0")])
async def test_the_tax_rate_is_shown_without_needless_zeros(rate: str, shown: str) -> None:
    assert f"laTVAà{shown}%." in solid(await text_of(quote(vat_rate=Decimal(rate))))


async def test_the_spaces_are_the_french_ones_in_the_file_itself() -> None:
    pdf = await render_quote(quote())
    streams = [found.end() for found in re.finditer(rb"(?<!end)stream\r?\n", pdf)]
    tables = [zlib.decompressobj().decompress(pdf[at:]) for at in streams if pdf[at : at + 1] == b"\x78"]
    maps = [table for table in tables if b"beginbfchar" in table or b"beginbfrange" in table]
    assert any(b"202F" in table and b"00A0" in table for table in maps)


async def test_a_delivery_note_names_every_serial_number() -> None:
    items = [DeliveredItem(label=f"Article {number}", serial_number=f"SN-{number:05}") for number in range(80)]
    texts = pages(await render_delivery_note(note(items=items)))
    assert all(f"SN-{number:05}" in " ".join(texts) for number in range(80))
    assert "BON DE LIVRAISON" in texts[0]
    assert "20 avril 2026" in plain(texts[0])
    assert "Karim Modèle" in texts[0]
    assert "Réserves éventuelles" in " ".join(texts)
    assert "Signature" in texts[-1]


async def test_a_long_quote_runs_over_numbered_pages_with_its_header() -> None:
    texts = pages(await render_quote(quote([base_line(f"Accessoire {number}") for number in range(120)])))
    assert len(texts) > 2
    for number, text in enumerate(texts, 1):
        assert f"Page {number} / {len(texts)}" in plain(text)
        if number > 1:
            assert "Devis n° D-2026-000042 – version 2 DUPONT-FICTIF Éléonore" in plain(text)
    assert all(f"Accessoire {number}" in " ".join(texts) for number in range(120))
    assert "Bon pour accord" in texts[-1]


MARKUP = '#eval("x") *bold* $x$ [ #include "quote.typ" </script> \\u{41} // /* `raw` @ref <label> = h'


async def test_markup_in_the_data_is_shown_as_it_is() -> None:
    patient = PATIENT.model_copy(update={"last_name": MARKUP})
    seller = SELLER.model_copy(update={"name": MARKUP})
    items = [base_line(MARKUP)]
    for document in (
        quote(items, patient=patient, seller=seller, number=MARKUP, mentions=(MARKUP,)),
        note(patient=patient, seller=seller, number=MARKUP, items=[DeliveredItem(label=MARKUP)]),
    ):
        assert plain(await text_of(document)).count(MARKUP) >= 4


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(min_size=1, max_size=300).filter(lambda text: text.strip()))
async def test_any_text_gives_a_document(text: str) -> None:
    patient = PATIENT.model_copy(update={"last_name": text, "representative": text})
    assert pages(await render_quote(quote([base_line(text.strip())], patient=patient)))


async def test_every_character_said_to_be_drawn_is_drawn() -> None:
    every = "".join(chr(code) for first, last in DRAWN for code in range(first, last + 1))
    mentions = tuple(every[at : at + 60] for at in range(0, len(every), 60))
    assert "\ufffd" not in await text_of(quote(mentions=mentions))


async def test_a_character_without_a_glyph_is_shown_as_missing() -> None:
    patient = PATIENT.model_copy(update={"last_name": "王\U0001f600\x07\u202eDUPONT"})
    assert "\ufffd\ufffd DUPONT" in plain(await text_of(quote(patient=patient)))


async def test_an_overlong_word_stays_on_the_page() -> None:
    pdf = await render_quote(quote([base_line("A" * 300)], patient=PATIENT.model_copy(update={"last_name": "B" * 300})))
    document = pypdfium2.PdfDocument(pdf)
    try:
        width = document[0].get_width()
        textpage = document[0].get_textpage()
        boxes = [textpage.get_charbox(index) for index in range(textpage.count_chars())]
    finally:
        document.close()
    assert max(right for _, _, right, _ in boxes) < width - 40


async def test_the_same_data_give_the_same_bytes() -> None:
    assert await render_quote(quote()) == await render_quote(quote())
    assert await render_delivery_note(note()) == await render_delivery_note(note())
    assert await render_quote(quote()) != await render_quote(quote(version=3))


async def test_a_document_is_sound_tagged_pdf_a_with_its_fonts_inside() -> None:
    for content in (await render_quote(quote()), await render_delivery_note(note())):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert pdf.check_pdf_syntax() == []
            with pdf.open_metadata() as metadata:
                assert (metadata.pdfa_status, metadata["dc:title"]) == ("2A", str(pdf.docinfo["/Title"]))
            root, objects = pdf.Root, [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary)]
            assert (str(root.Lang), bool(root.MarkInfo.Marked), "/StructTreeRoot" in root) == ("fr-FR", True, True)
            [intent] = root.OutputIntents
            assert (str(intent.S), "/DestOutputProfile" in intent) == ("/GTS_PDFA1", True)
            assert not pdf.is_encrypted
            assert {"/OpenAction", "/AA", "/Names"}.isdisjoint(root.keys())
            fonts = [each for each in objects if each.get("/Type") == "/FontDescriptor"]
            assert {str(each.FontName)[8:].split("-")[0] for each in fonts} == {"LibertinusSerif"}
            assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each.keys()) for each in fonts)


async def test_what_a_delivery_note_does_not_know_yet_is_left_to_be_written_in() -> None:
    blank = note(delivered_on=None, technician=None, items=[DeliveredItem(label="Fauteuil Horizon")])
    text = plain(await text_of(blank))
    assert "Livré le Dossier" in text
    assert "Fauteuil Horizon – 1" in text


async def test_a_document_passes_our_own_checks() -> None:
    pdf = await render_quote(quote())
    check = ContentCheck()
    check.update(pdf)
    assert check.finish(Declaration("devis.pdf", MediaType.PDF, len(pdf))).media_type is MediaType.PDF


async def test_data_the_template_does_not_know_is_an_error_that_quotes_nothing() -> None:
    with pytest.raises(RenderError) as failed:
        await render("quote", {"issued_on": "2026-03-01", "secret": "Éléonore"})
    assert "Éléonore" not in str(failed.value)
    with pytest.raises(RenderError, match="no template"):
        await render("../quote", {"issued_on": "2026-03-01"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"total": Decimal("1.00")}, "add up"),
        ({"coverage": Decimal("3000.00"), "patient_remainder": Decimal("0.00")}, "add up"),
        ({"valid_until": dt.date(2026, 2, 1)}, "ends before"),
        ({"base_lines": []}, "no line"),
        ({"base_lines": [line("Sans code", "3161.21")]}, "no LPPR code"),
        ({"base_lines": [line("Cher", "3161.21", lppr_code="4222803", plv=Decimal("360.53"))]}, "over its PLV"),
        ({"total": 3161.21}, "never a float"),
    ],
)
def test_a_quote_that_is_not_sound_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        quote(**changes)


def test_a_line_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValidationError, match="unit price"):
        QuoteLine(label="x", unit_price=Decimal("1.00"), quantity=2, total=Decimal("1.00"))


def test_coverage_over_the_base_lines_is_refused() -> None:
    with pytest.raises(ValidationError, match="coverage"):
        quote(options=[line("Option", "10.00")], coverage=Decimal("3171.21"), patient_remainder=Decimal("0.00"))


def test_a_quote_reads_camel_case_json_with_amounts_as_strings() -> None:
    json = quote().model_dump_json(by_alias=True)
    assert '"patientRemainder":"0.00"' in json
    assert QuoteDocument.model_validate_json(json) == quote()
