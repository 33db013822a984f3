"""What was sent, in SQLite: every message as often as it came."""

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from common.clock import now
from common.ids import new_id
from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from axtech.simulators.mailbox.links import links_of, text_of
from axtech.simulators.sqlite import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY, channel TEXT NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
  subject TEXT, text TEXT NOT NULL, html TEXT, links TEXT NOT NULL, tags TEXT NOT NULL, idempotency_key TEXT,
  sent_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS messages_recipient ON messages (recipient COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS webhooks (
  id INTEGER PRIMARY KEY, message_id TEXT NOT NULL, url TEXT NOT NULL, event TEXT NOT NULL, attempts INTEGER NOT NULL,
  answer INTEGER, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
  recipient TEXT PRIMARY KEY COLLATE NOCASE, event TEXT NOT NULL, reason TEXT NOT NULL);
"""

Channel = Literal["EMAIL", "SMS"]
Event = Literal["DELIVERED", "HARD_BOUNCE", "SOFT_BOUNCE", "BLOCKED", "UNDELIVERED", "FAILED", "NONE"]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), return_type=str),
]


class Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Message(Body):
    """A message as the mailbox shows it; `text` is made from the HTML when only that was sent."""

    id: str
    channel: Channel
    to: str
    subject: str | None
    text: str
    html: str | None
    links: list[str]
    sent_at: Moment
    sender: str
    message_id: str
    tags: list[str]
    idempotency_key: str | None


class WebhookRecord(Body):
    """A delivery event that was sent; `answer` is the receiver's last status, null when it could not be reached."""

    message_id: str
    url: str
    event: str
    attempts: int
    answer: int | None
    at: Moment


class OutcomeRequest(Body):
    """What becomes of messages to an address from now on."""

    to: str
    event: Event
    reason: str = "mailbox does not exist"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message a provider took for one recipient."""

    channel: Channel
    message_id: str
    sender: str
    to: str
    subject: str | None
    text: str | None
    html: str | None
    tags: list[str] = field(default_factory=list)
    idempotency_key: str | None = None


class Store:
    """Call it from worker threads."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "mailbox.sqlite", SCHEMA)

    def add(self, messages: list[NewMessage]) -> None:
        """Keep the messages of one call, all or none."""
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        str(new_id()),
                        each.channel,
                        each.message_id,
                        each.sender,
                        each.to,
                        each.subject,
                        each.text if each.text is not None else text_of(each.html or ""),
                        each.html,
                        json.dumps(links_of(each.text, each.html)),
                        json.dumps(each.tags),
                        each.idempotency_key,
                        now().timestamp(),
                    )
                    for each in messages
                ],
            )

    def messages(self, *, to: str | None = None, channel: str | None = None, limit: int = 1000) -> list[Message]:
        """The last `limit` messages, the oldest first."""
        rows = self.database.rows(
            "SELECT * FROM (SELECT rowid AS place, * FROM messages"
            " WHERE (?1 IS NULL OR recipient = ?1 COLLATE NOCASE) AND (?2 IS NULL OR channel = ?2)"
            " ORDER BY rowid DESC LIMIT ?3) ORDER BY place",
            to,
            channel,
            limit,
        )
        return [_message(row) for row in rows]

    def message(self, identifier: str) -> Message | None:
        rows = self.database.rows("SELECT * FROM messages WHERE id = ?", identifier)
        return _message(rows[0]) if rows else None

    def clear(self) -> None:
        """Forget messages, webhooks and outcomes."""
        with self.database.transaction() as connection:
            for table in ("messages", "webhooks", "outcomes"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours

    def set_outcome(self, request: OutcomeRequest) -> None:
        with self.database.transaction() as connection:
            values = (request.to, request.event, request.reason)
            connection.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", values)

    def outcome(self, to: str) -> OutcomeRequest:
        """What becomes of a message to this address: delivered unless told otherwise."""
        rows = self.database.rows("SELECT * FROM outcomes WHERE recipient = ?", to)
        if not rows:
            return OutcomeRequest(to=to, event="DELIVERED")
        return OutcomeRequest(to=to, event=rows[0]["event"], reason=rows[0]["reason"])

    def add_webhook(self, message_id: str, url: str, event: str, attempts: int, answer: int | None) -> None:
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO webhooks (message_id, url, event, attempts, answer, at) VALUES (?, ?, ?, ?, ?, ?)",
                (message_id, url, event, attempts, answer, now().timestamp()),
            )

    def webhooks(self) -> list[WebhookRecord]:
        """The last thousand, the oldest first."""
        rows = self.database.rows("SELECT * FROM (SELECT * FROM webhooks ORDER BY id DESC LIMIT 1000) ORDER BY id")
        return [
            WebhookRecord(
                message_id=row["message_id"],
                url=row["url"],
                event=row["event"],
                attempts=row["attempts"],
                answer=row["answer"],
                at=_moment(row["at"]),
            )
            for row in rows
        ]


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=row["id"],
        channel=row["channel"],
        to=row["recipient"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        links=json.loads(row["links"]),
        sent_at=_moment(row["sent_at"]),
        sender=row["sender"],
        message_id=row["message_id"],
        tags=json.loads(row["tags"]),
        idempotency_key=row["idempotency_key"],
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
