"""The files of the templates, and the version that they make: a template changes when any file it is made of does."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from notifications.catalogue.domain import TemplateId

FOLDER = Path(__file__).parents[1] / "templates"
Sources = Mapping[str, str]
"""What each file says, by its path below the folder."""


def read_sources() -> Sources:
    """Every file of every template."""
    paths = (path for path in sorted(FOLDER.rglob("*")) if path.is_file())
    return {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def sources_of(template: TemplateId, sources: Sources) -> Sources:
    """The files that one template is made of; a digest is made of the others' subjects too."""

    def belongs(path: str) -> bool:
        of_digest = template is TemplateId.DIGEST and path.endswith("/subject.txt")
        return of_digest or path.startswith((f"{template}/", "layout/"))

    return {path: text for path, text in sources.items() if belongs(path)}


def version_of(sources: Sources) -> str:
    """Twelve hexadecimal digits that stand for these very files."""
    return hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()[:12]
