"""What this service's tests stand on: the people identity would name, the mailbox, one example of every event."""

from notifications.testing.events import examples
from notifications.testing.identity import FakeIdentity, serve_identity
from notifications.testing.mailbox import Mailbox

__all__ = ["FakeIdentity", "Mailbox", "examples", "serve_identity"]
