"""HTTP bodies of preferences."""

from common.http import Schema


class PreferencesBody(Schema):
    """`reminders`: whether the user gets what is not about their file, such as reminders of a contract's renewal."""

    reminders: bool
