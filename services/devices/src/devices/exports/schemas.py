"""HTTP bodies of exports."""

from devices.assistant.schemas import ConversationBody, MessageBody


class ExportedConversation(ConversationBody):
    """A conversation with all that was said in it, oldest first."""

    messages: list[MessageBody]
