"""Writes the sample documents beside this file: the same bytes each time. Run: python samples/make_samples.py"""

import datetime
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent
PDFS = {"prescription": "ordonnance", "proof_of_address": "justificatif-domicile", "delivery_proof": "bon-livraison"}
IMAGES = {"identity_card": "carte-identite", "carte_vitale": "carte-vitale"}
DOTS_PER_INCH = 200
"""What the health insurance asks of a digitised document, at least."""
MADE_AT = datetime.datetime(2026, 2, 12, tzinfo=datetime.UTC)


def make_samples() -> dict[str, bytes]:
    """Name and content of every sample file."""
    fonts = typst.Fonts(include_system_fonts=False)
    made: dict[str, bytes] = {}
    for template, name in (PDFS | IMAGES).items():
        as_pdf = template in PDFS
        content = typst.compile(
            HERE / "templates" / f"{template}.typ",
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf" if as_pdf else "png",
            ppi=None if as_pdf else DOTS_PER_INCH,
            pdf_standards=["a-2b"] if as_pdf else [],
            timestamp=MADE_AT,
        )
        made[f"{name}.{'pdf' if as_pdf else 'png'}"] = bytes(content)
    return made


if __name__ == "__main__":
    for name, content in make_samples().items():
        (HERE / name).write_bytes(content)
