"""Shapes that several parts of the API share: bodies that forbid what they do not know, words, pages."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict

from admin_api.problems import MEDIA_TYPE, title_of

_MOST_SKIPPED = 10_000_000


class Body(BaseModel):
    """What a program sends. A field that is not known is an error, not a hope."""

    model_config = ConfigDict(extra="forbid")


def _said(text: str) -> str:
    words = text.replace("\x00", "").strip()
    if not words:
        raise ValueError("must say something")
    return words


SaysSomething = AfterValidator(_said)
"""Text that is more than blanks; null characters are taken out."""

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
"""The pattern of a line without control characters."""

Id = Annotated[int, Path(ge=1, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=64, description="The `next` of the page before")]


def cursor_of(place: int) -> str:
    """An opaque cursor for a place in a list."""
    return base64.urlsafe_b64encode(f"1:{place}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> int:
    """The place that a cursor stands for, 0 without one. Answers 422 for what is not one of ours."""
    if cursor is None:
        return 0
    try:
        version, _, place = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(":")
        )
        if version == "1" and place.isdigit() and int(place) <= _MOST_SKIPPED:
            return int(place)
    except (ValueError, binascii.Error):
        pass
    raise RequestValidationError(
        [{"loc": ("query", "cursor"), "msg": "is not a cursor that was given", "type": "value_error"}]
    )


def says(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors a route may answer with, for its description; those every route has are added."""
    return {
        status: {
            "description": title_of(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({400, 401, 403, 413, 422, 429, *statuses})
    }
