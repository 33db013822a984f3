"""The mailbox as a person sees it: a list, and one message; an HTML mail stands in a sandboxed frame."""

from html import escape
from urllib.parse import quote

from common.clock import PARIS
from fastapi import APIRouter, HTTPException, Query
from starlette.responses import HTMLResponse

from axtech.simulators.mailbox.store import Message, Store

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:;"
    " frame-src 'self'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
}
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h1 a { color: inherit; text-decoration: none; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; } td.time { white-space: nowrap; }
form { margin: 1rem 0; } input { font: inherit; min-width: 18rem; padding: .2rem .4rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: 1rem; }
iframe { width: 100%; height: 32rem; border: 1px solid #8884; background: #fff; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
"""
SHOWN = 200


def page_routes(store: Store) -> APIRouter:
    """`/` and `/view/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def index(to: str = Query("")) -> HTMLResponse:
        messages = store.messages(to=to.strip() or None, limit=SHOWN)
        return HTMLResponse(_list(list(reversed(messages)), to), headers=HEADERS)

    @router.get("/view/{identifier}")
    def view(identifier: str) -> HTMLResponse:
        message = store.message(identifier)
        if message is None:
            raise HTTPException(404, "no such message")
        return HTMLResponse(_view(message), headers=HEADERS)

    return router


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f'<body><h1><a href="/">Mailbox</a></h1>{body}</body></html>'
    )


def _list(messages: list[Message], to: str) -> str:
    form = f'<form><label>To <input type="search" name="to" value="{escape(to)}"></label> <button>Show</button></form>'
    if not messages:
        return _page("Mailbox", f"{form}<p>Nothing was sent{' to this address' if to else ''} yet.</p>")
    rows = "".join(
        f'<tr><td class="time">{_time(message)}</td><td>{message.channel}</td><td>{escape(message.to)}</td>'
        f'<td><a href="/view/{quote(message.id)}">{escape(_title(message))}</a></td></tr>'
        for message in messages
    )
    head = "<tr><th>Sent</th><th>Channel</th><th>To</th><th>Message</th></tr>"
    return _page("Mailbox", f"{form}<table>{head}{rows}</table>")


def _view(message: Message) -> str:
    facts = {
        "From": message.sender,
        "To": message.to,
        "Sent": _time(message),
        "Message id": message.message_id,
        "Idempotency key": message.idempotency_key,
        "Tags": ", ".join(message.tags),
    }
    details = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value)
    links = "".join(f'<li><a href="{escape(link)}" rel="noreferrer">{escape(link)}</a></li>' for link in message.links)
    frame = f'<iframe sandbox="" title="The mail" srcdoc="{escape(message.html)}"></iframe>' if message.html else ""
    return _page(
        message.subject or message.channel,
        f"<h2>{escape(message.subject or message.channel)}</h2><dl>{details}</dl>"
        f"{f'<h3>Links</h3><ul>{links}</ul>' if links else ''}{frame}"
        f"<h3>Text</h3><pre>{escape(message.text)}</pre>",
    )


def _title(message: Message) -> str:
    return message.subject or message.text[:80] or "(empty)"


def _time(message: Message) -> str:
    return f"{message.sent_at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}"
