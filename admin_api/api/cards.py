"""The texts that staff may edit: crisis cards and urgent help."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from admin_api.api.shapes import Body, SaysSomething, says
from admin_api.problems import NotFound
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, Unit
from moderation import wording
from moderation.policies import service as policies
from staff.roles import May

router = APIRouter(prefix="/api/v1/cards", tags=["cards"])

Name = Annotated[str, Path(max_length=64)]


class CardIn(Body):
    text: Annotated[str, Field(min_length=1, max_length=wording.LONGEST), SaysSomething]


class CardOut(BaseModel):
    """A text in force; `changed_at` and `changed_by` are null while it is as shipped."""

    name: str
    text: str
    changed_at: datetime | None
    changed_by: str | None


class CardList(BaseModel):
    items: list[CardOut]


@router.get("", dependencies=[needs(May.EDIT_CARDS)], responses=says())
def cards(session: Reading) -> CardList:
    """Every text, as it is in force."""
    return CardList(items=_cards(session))


@router.put("/{name}", dependencies=[needs(May.EDIT_CARDS)], responses=says(404))
def change(name: Name, given: CardIn, actor: Actor, session: Unit, now: Now) -> CardOut:
    """Put a new text in force. It can never be empty."""
    if name not in wording.names():
        raise NotFound("There is no text of that name.")
    policies.change_card(session, name, given.text, actor.name, now)
    return next(card for card in _cards(session) if card.name == name)


def _cards(session: Session) -> list[CardOut]:
    edited = wording.edited(session)
    return [
        CardOut(
            name=name,
            text=wording.text(session, name),
            changed_at=edited[name].changed_at if name in edited else None,
            changed_by=edited[name].changed_by if name in edited else None,
        )
        for name in wording.names()
    ]
