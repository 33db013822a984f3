"""danger first."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8d1c5a7e42b9"
down_revision: str | None = "f46487cfa038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_chat_conversations_danger_first",
        "chat_conversations",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("pending ->> 'ask' = 'DANGER_FIRST'"),
    )
