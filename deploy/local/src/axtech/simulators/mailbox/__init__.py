"""A mailbox that speaks the mail and text message providers' interfaces and shows what was sent."""

from axtech.simulators.mailbox.app import create_app

__all__ = ["create_app"]
