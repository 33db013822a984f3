import html

from axtech.simulators.mailbox.links import links_of, text_of, urls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

paths = st.text("abcXYZ019-_/.~%", max_size=12).map(lambda text: text.rstrip("."))
queries = st.dictionaries(st.sampled_from("abt"), st.text("xyz089-_=", min_size=1, max_size=8), max_size=3)
addresses = st.builds(
    lambda scheme, path, query: f"{scheme}://app.example.fr/{path}?" + "&".join(f"{k}={v}" for k, v in query.items()),
    st.sampled_from(["http", "https"]),
    paths,
    queries,
).map(lambda url: url.rstrip("?&"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(addresses, max_size=5))
def test_links_of_html_are_unescaped_in_order_and_once(found: list[str]) -> None:
    page = "".join(f'<p>Voir <a href="{html.escape(url)}">ici</a></p>' for url in found)
    assert links_of(None, page) == list(dict.fromkeys(found))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(addresses, max_size=5), st.sampled_from([".", ",", " !", ")", "\n", ">"]))
def test_links_of_text_lose_the_punctuation_around_them(found: list[str], after: str) -> None:
    assert urls(" ".join(f"({url}{after}" for url in found)) == found


def test_brackets_that_belong_to_an_address_stay() -> None:
    text = "https://fr.wikipedia.org/wiki/Fauteuil_(roulant) et (https://example.fr/a)."
    assert urls(text) == ["https://fr.wikipedia.org/wiki/Fauteuil_(roulant)", "https://example.fr/a"]


def test_links_stand_in_text_attributes_and_data_but_not_in_namespaces() -> None:
    page = """<html xmlns="http://www.w3.org/1999/xhtml"><img src='https://example.fr/logo.png'>
    <a href="mailto:a@b.fr">x</a> https://example.fr/?a=1&amp;b=2 "https://example.fr/c"</html>"""
    assert links_of("D'abord https://example.fr/t.", page) == [
        "https://example.fr/t",
        "https://example.fr/logo.png",
        "https://example.fr/?a=1&b=2",
        "https://example.fr/c",
    ]


def test_the_text_of_a_mail_is_what_is_seen() -> None:
    head = "<head><title>x</title><style>p{}</style></head>"
    page = f"{head}<p>Votre code&nbsp;: <b>123&#52;56</b></p><div>Bonne<br/>journée</div>"
    assert text_of(page) == "Votre code : 123456\nBonne\njournée"
