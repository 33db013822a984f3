import runpy
from pathlib import Path

import pytest
from documents.content import ContentCheck, Declaration, MediaType

SAMPLES = Path(__file__).parents[4] / "samples"
FILES = sorted([*SAMPLES.glob("*.pdf"), *SAMPLES.glob("*.png")])


def test_there_is_a_sample_of_each_document_a_patient_hands_over() -> None:
    assert {path.stem for path in FILES} == {
        "bon-livraison",
        "carte-identite",
        "carte-vitale",
        "justificatif-domicile",
        "ordonnance",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_is_a_small_upload_of_its_type(path: Path) -> None:
    kind = MediaType.PDF if path.suffix == ".pdf" else MediaType.PNG
    content = path.read_bytes()
    check = ContentCheck()
    check.update(content)
    assert check.finish(Declaration(path.name, kind, len(content))).media_type is kind
    assert len(content) < 300_000


def test_the_samples_are_what_their_templates_make() -> None:
    make = runpy.run_path(str(SAMPLES / "make_samples.py"))["make_samples"]
    made = make()
    assert set(made) == {path.name for path in FILES}
    assert make() == made
    # Pictures may differ by a shade from one processor to another.
    for name in (name for name in made if name.endswith(".pdf")):
        assert made[name] == (SAMPLES / name).read_bytes(), f"{name}: run samples/make_samples.py"
