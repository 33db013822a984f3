"""What a person can click on in a message, and the text of an HTML mail."""

import re
from html.parser import HTMLParser

URL = re.compile(r"https?://[^\s<>\"'`{}|\\^]+", re.IGNORECASE)
TRAILING = ".,;:!?…»”’"
HIDDEN = frozenset({"style", "script", "title"})
BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"})


class _Page(HTMLParser):
    """Links in the order of the page, and its visible text; character references are resolved by the parser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag in BLOCKS:
            self.text.append("\n")
        for name, value in attrs:
            if not name.startswith("xmlns"):
                self.links += urls(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._hidden -= tag in HIDDEN

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)
            self.links += urls(data)


def urls(text: str) -> list[str]:
    """The http(s) addresses in plain text, without the punctuation of the sentence around them."""
    return [_bare(found) for found in URL.findall(text)]


def links_of(text: str | None, html: str | None) -> list[str]:
    """Every http(s) address of a message, of the text and then of the HTML, in order, each once."""
    return list(dict.fromkeys([*urls(text or ""), *_read(html or "").links]))


def text_of(html: str) -> str:
    """The visible text of an HTML mail, a line for each block."""
    lines = ("".join(_read(html).text)).splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _bare(url: str) -> str:
    url = url.rstrip(TRAILING)
    while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
        url = url[:-1].rstrip(TRAILING)
    return url
