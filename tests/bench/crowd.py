"""The made-up crowd of the bench and what it writes: one message in five is a worry."""

from __future__ import annotations

PEOPLE = 200
FIRST_ID = 2_000_000_000
TEXTS = [
    "morning all, anyone at soft play today",
    "he hit me again last night and the bairn saw it all",
    "can i get help with bus fares to the hospital",
    "does anyone know when the clinic opens",
    "thanks that worked, got the form in",
]
