"""Who may talk to the assistant, and who acts on what it hands over. Who reads what is the repository's filter."""

from uuid import UUID

from common.auth import Actor, require_role
from common.contracts.enums import Role
from common.errors import Forbidden

from devices.assistant.models import Conversation


def patient_of(actor: Actor, wanted: UUID | None) -> UUID:
    """The patient a conversation of the actor is about; `Forbidden` for somebody who neither is nor stands for one.

    Who stands for several patients names one; a patient talks about themself unless they name another.
    """
    if wanted is not None and wanted in actor.patients:
        return wanted
    if wanted is None and actor.patient_id is not None:
        return actor.patient_id
    if wanted is None and len(actor.patients) == 1:
        return next(iter(actor.patients))
    raise Forbidden


def may_talk(actor: Actor, conversation: Conversation) -> None:
    """`Forbidden` unless the conversation is the actor's own, about somebody who is still theirs."""
    if conversation.user_id != actor.user_id or conversation.patient_id not in actor.patients:
        raise Forbidden


def may_handle(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)
