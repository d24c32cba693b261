"""Alembic's environment: the same schema on SQLite and PostgreSQL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine

import core.models  # noqa: F401 (these imports make every table known)
import moderation.models
import moderation.policies.models  # noqa: F401
import offer_guide.models  # noqa: F401
import people.models  # noqa: F401
import staff.models  # noqa: F401
from core.database import Base, Database, Moment
from core.sealing import SealedJSON, SealedText
from core.settings import Settings

config = context.config


def _plain(kind: str, item: object, autogen: object) -> str | bool:
    """Migrations name plain column types, so that they read the same when ours have moved on."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, SealedText | SealedJSON):
        return "sa.LargeBinary()"
    return False


def run() -> None:
    engine: Engine = config.attributes.get("engine") or Database(Settings.load().database).engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=False,
            render_item=_plain,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
