"""What the assistant may say: approved templates by id and version, and nothing else."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from common.contracts.enums import CaseStatus

from devices.assistant.tables import FOLDER


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be read."""

    template_id: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """An entry of the knowledge base; `asked` are the words it is found by, by language."""

    id: str
    version: int
    asked: dict[str, str]
    text: dict[str, str]


@cache
def _document(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _templates() -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in _document("templates")["template"]}


@cache
def articles() -> dict[str, Article]:
    """The knowledge base by id."""
    return {
        entry["id"]: Article(
            entry["id"],
            entry["version"],
            {language: entry[f"asked_{language}"] for language in ("fr", "en")},
            {language: entry[language] for language in ("fr", "en")},
        )
        for entry in _document("knowledge")["article"]
    }


def reply(template_id: str, language: str, **values: str) -> Reply:
    """A template in a language, filled; KeyError for an unknown one or a value that is missing."""
    template = _templates()[template_id]
    return Reply(template_id, template["version"], template[language].format_map(values))


def answer(article_id: str, language: str) -> Reply:
    """The answer of an article."""
    article = articles()[article_id]
    return Reply(article.id, article.version, article.text[language])


def status_label(status: CaseStatus, language: str) -> str:
    """How a case's state is called to a patient."""
    labels = {entry["of"]: entry[language] for entry in _document("templates")["status"]}
    return str(labels[status.value])
