"""Every template in every language and channel: whole, escaped, and never half-rendered."""

from html.parser import HTMLParser
from typing import Any

import pytest
from common.clock import now
from common.contracts.enums import Channel
from common.events.retry import PermanentError
from hypothesis import given
from hypothesis import strategies as st
from notifications.catalogue.domain import LANGUAGES, TEMPLATES, Language, TemplateId
from notifications.catalogue.formats import sms_parts
from notifications.catalogue.labels import LABELS
from notifications.catalogue.rendering import Minted, Renderer
from notifications.catalogue.sources import FOLDER

RENDERER = Renderer(app_url="https://app.axtech.example/", hotline="+33199000015")
EVERY = [pytest.param(each, language, id=f"{each}-{language}") for each in TemplateId for language in LANGUAGES]
NASTY = [
    "<script>alert(1)</script>",
    'O’Brien & Söhne "é"',
    "\u202eنور الدين",
    "👩🏽‍🦽 Zoë",
    "{{ 7 * 7 }}",
    "a\r\nBcc: x@y.z",
]


class Tags(HTMLParser):
    """Whether tags are closed in the order they are opened, and what is in them."""

    VOID = frozenset({"meta", "br", "img", "hr", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


def rendered(template: TemplateId, channel: Channel, language: Language = "fr", **changes: Any) -> Any:
    context = TEMPLATES[template].sample.model_dump(mode="json", by_alias=True)
    minted = Minted(link="https://app.example/v?a=1&b=2", code="482913", expires_at=None)
    given = {"first_name": "Anne", "as_proxy": False, "minted": minted, "channel": channel, "unsubscribe": None}
    return RENDERER.render(template, language, context, **{**given, **changes})


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_template_is_whole_in_every_channel_it_is_offered_in(template: TemplateId, language: Language) -> None:
    message, offered = RENDERER.preview(template, language), TEMPLATES[template].channels
    assert bool(message.sms) == (Channel.SMS in offered)
    for part in (message.subject, message.html, message.text):
        assert bool(part) == (Channel.EMAIL in offered)
        assert "{{" not in part
        assert "None" not in part
    if message.html:
        tags = parsed(message.html)
        assert f'lang="{language}"' in message.html
        assert "\n" not in message.subject
        assert message.subject in tags.text
        assert all(link.startswith(("https://app.axtech.example", "tel:+")) for link in tags.links)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_an_sms_fits_into_one_part(template: TemplateId, language: Language) -> None:
    sms = RENDERER.preview(template, language).sms
    assert sms == "" or sms_parts(sms) == 1, len(sms)
    assert sms.isprintable()


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_text_says_what_the_html_says(template: TemplateId, language: Language) -> None:
    message = RENDERER.preview(template, language)
    if message.html:
        shown = " ".join(parsed(message.html).text.split())
        facts = [line.split(": ")[-1] for line in message.text.splitlines() if ": " in line and "http" not in line]
        assert all(" ".join(fact.split()) in shown for fact in facts)


def test_no_folder_is_without_its_template_and_none_lacks_a_language() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()} - {"layout", "pages"}
    assert folders == {template.value for template in TemplateId} == {template.value for template in TEMPLATES}
    for template in TemplateId:
        files = {
            language: sorted(each.name for each in (FOLDER / template / language).iterdir()) for language in LANGUAGES
        }
        assert files["fr"] == files["en"]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_it_is_written_and_does_nothing(name: str) -> None:
    message = rendered(TemplateId.QUOTE_READY, Channel.EMAIL, first_name=name)
    tags = parsed(message.html)
    assert "script" not in tags.open
    assert f"<bdi>{name}</bdi>" not in message.html or "<" not in name
    assert " ".join(name.split()) in " ".join(tags.text.split())
    assert "alert" not in message.subject
    assert "\n" not in message.subject


@given(st.text(max_size=100))
def test_no_name_breaks_out_of_its_place(name: str) -> None:
    plain = parsed(rendered(TemplateId.QUOTE_READY, Channel.EMAIL, first_name="Anne").html)
    nasty = parsed(rendered(TemplateId.QUOTE_READY, Channel.EMAIL, first_name=name).html)
    assert nasty.links == plain.links


def test_a_personal_link_is_escaped_in_html_and_plain_in_text() -> None:
    minted = Minted(link="https://a.example/?t=1&b=2", expires_at=now())
    message = rendered(TemplateId.VERIFY_EMAIL, Channel.EMAIL, minted=minted)
    assert 'href="https://a.example/?t=1&amp;b=2"' in message.html
    assert "https://a.example/?t=1&b=2" in message.text


@pytest.mark.parametrize("template", [each for each in TemplateId if TEMPLATES[each].sample.model_dump()])
def test_a_context_that_lacks_a_field_is_never_half_rendered(template: TemplateId) -> None:
    context = TEMPLATES[template].sample.model_dump(mode="json", by_alias=True)
    for field in context:
        lacking = {name: value for name, value in context.items() if name != field}
        with pytest.raises(PermanentError, match=field):
            RENDERER.render(
                template, "fr", lacking, first_name="A", as_proxy=False, minted=Minted(), channel=Channel.EMAIL
            )


def test_a_link_that_was_not_made_is_never_left_out() -> None:
    with pytest.raises(PermanentError, match="link"):
        rendered(TemplateId.VERIFY_EMAIL, Channel.EMAIL, minted=Minted())


def test_only_an_optional_mail_shows_the_way_out() -> None:
    url = "https://app.axtech.example/u?key=1"
    assert url in rendered(TemplateId.CONTRACT_RENEWAL_DUE, Channel.EMAIL, unsubscribe=url).html
    assert url in rendered(TemplateId.CONTRACT_RENEWAL_DUE, Channel.EMAIL, unsubscribe=url).text
    assert "rappels" not in rendered(TemplateId.QUOTE_READY, Channel.EMAIL).html


def test_a_proxy_reads_on_whose_behalf() -> None:
    assert "représentez" in rendered(TemplateId.QUOTE_READY, Channel.EMAIL, as_proxy=True).text
    assert "you represent" in rendered(TemplateId.QUOTE_READY, Channel.EMAIL, "en", as_proxy=True).html


def test_a_digest_says_each_message_in_the_readers_language() -> None:
    message = RENDERER.preview(TemplateId.DIGEST, "en")
    assert message.subject == "2 updates from your AX TECH account"
    assert "- Your quote DV-2026-000123 is ready" in message.text
    assert "- The technician’s visit has been moved" in message.text


def test_every_code_has_words_in_both_languages() -> None:
    assert LABELS["fr"].keys() == LABELS["en"].keys()
