"""Any words on the live policy and on the draft, side by side. Nothing of them is kept, and no session is held."""

from __future__ import annotations

from functools import lru_cache

from core.clock import Clock
from core.database import Database
from moderation.policies import service
from moderation.screening import Screening, policy
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning

LONGEST = 4_096


def side_by_side(
    database: Database, clock: Clock, meaning: Meaning | None, words: str
) -> tuple[Screening, Screening | None]:
    """What the live policy makes of some words, and what the draft does if there is one."""
    with database.reading() as session:
        found = service.in_force(session)
        live = (found.text, found.number) if found is not None else ("", 1)
        row = service.draft(session)
        draft = (row.text, row.number) if row is not None else None
    judge = _judge(*live, meaning)
    if draft is None:
        return judge.screen(words[:LONGEST]), None
    [pair] = judge.compare(_judge(*draft, meaning), [words[:LONGEST]])
    return pair


@lru_cache(maxsize=4)
def _judge(text: str, number: int, meaning: Meaning | None) -> Judge:
    """A policy ready to judge; making one takes a second, and somebody who tries words tries several."""
    return Judge(policy.read(text, number, f"policy {number}"), meaning)
