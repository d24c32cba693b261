"""Sealing: what people wrote opens only with its key, for its purpose, unchanged; and never shows by accident."""

from __future__ import annotations

import json
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from core import sealing
from core.database import Database
from core.sealing import KeyRing, Sealed, SealError
from people import service as people
from people.models import Person
from tests.conftest import TestClock
from tests.factories import parent
from tests.waiting import at_once

WORDS = "he said not to tell anyone"
RING = KeyRing({1: b"a" * 32}, b"z" * 32)
KEY = "A" * 43 + "="
BROKEN_RINGS = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"keys": {}}',
    '{"keys": {"1": "AAAA"}, "lookup": "AAAA"}',
    '{"keys": 7, "lookup": 1}',
    json.dumps({"keys": {"one": KEY}, "lookup": KEY}),
    json.dumps({"keys": {"999": KEY}, "lookup": KEY}),
    "\x00\xff",
]


@pytest.fixture
def own_ring() -> Iterator[KeyRing]:
    """A ring that a test may put in force; the tests' own is put back."""
    before = sealing.ring()
    yield KeyRing({1: b"a" * 32}, b"z" * 32)
    sealing.install(before)


@given(st.text())
def test_what_is_sealed_opens_again(words: str) -> None:
    assert RING.open(RING.seal(words, "message.text"), "message.text") == words


def test_half_an_emoji_survives_the_seal() -> None:
    assert RING.open(RING.seal("\ud83d", "message.text"), "message.text") == "\ud83d"


def test_the_same_words_never_look_the_same_sealed() -> None:
    assert RING.seal(WORDS, "message.text") != RING.seal(WORDS, "message.text")
    assert WORDS.encode() not in RING.seal(WORDS, "message.text")


def test_a_value_cannot_be_moved_to_another_column() -> None:
    sealed = RING.seal(WORDS, "message.text")
    with pytest.raises(SealError, match="does not verify"):
        RING.open(sealed, "person.name")


def test_every_single_changed_byte_is_noticed() -> None:
    sealed = RING.seal(WORDS, "message.text")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealError):
            RING.open(bytes(changed), "message.text")


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x01\x01", b"\x02" + b"x" * 40, b"\x01\x01" + b"n" * 12])
def test_what_was_never_sealed_is_refused(broken: bytes) -> None:
    with pytest.raises(SealError):
        RING.open(broken, "message.text")


def test_after_rotation_the_new_key_seals_and_the_old_still_opens() -> None:
    before = RING.seal(WORDS, "message.text")
    rotated = RING.with_new_key()
    after = rotated.seal(WORDS, "message.text")
    assert (before[1], after[1]) == (1, 2)
    assert rotated.open(before, "message.text") == rotated.open(after, "message.text") == WORDS
    assert rotated.lookup("invite", "K7M") == RING.lookup("invite", "K7M")
    with pytest.raises(SealError, match="key 2 is not on the ring"):
        RING.open(after, "message.text")


def test_a_ring_takes_only_whole_keys() -> None:
    with pytest.raises(SealError, match="32 bytes"):
        KeyRing({1: b"short"}, b"z" * 32)
    with pytest.raises(SealError, match="32 bytes"):
        KeyRing({}, b"z" * 32)
    with pytest.raises(SealError, match="32 bytes"):
        KeyRing({1: b"a" * 32}, b"")


@pytest.mark.parametrize("number", [0, 256, -1])
def test_a_key_number_fits_in_a_byte(number: int) -> None:
    with pytest.raises(SealError, match="1 to 255"):
        KeyRing({number: b"a" * 32}, b"z" * 32)


class TestTheKeyFile:
    def test_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "data" / "keys.json"
        made = KeyRing.load_or_make(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        again = KeyRing.load_or_make(file)
        assert again.open(made.seal(WORDS, "message.text"), "message.text") == WORDS
        assert [found.name for found in file.parent.iterdir()] == ["keys.json"]

    @pytest.mark.parametrize("broken", BROKEN_RINGS)
    def test_is_never_overwritten_when_broken(self, tmp_path: Path, broken: str) -> None:
        file = tmp_path / "keys.json"
        file.write_bytes(broken.encode("latin-1"))
        with pytest.raises(SealError):
            KeyRing.load_or_make(file)
        assert file.read_bytes() == broken.encode("latin-1")

    def test_keeps_every_key_over_a_rotation(self, tmp_path: Path) -> None:
        file = tmp_path / "keys.json"
        sealed = KeyRing.load_or_make(file).seal(WORDS, "message.text")
        KeyRing.load_or_make(file).with_new_key().save(file)
        assert KeyRing.load_or_make(file).newest == 2
        assert KeyRing.load_or_make(file).open(sealed, "message.text") == WORDS
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_is_the_same_for_processes_that_start_at_the_same_moment(self, tmp_path: Path) -> None:
        file = tmp_path / "keys.json"
        rings = at_once(*[lambda: KeyRing.load_or_make(file)] * 6)
        seen = {ring.lookup("x") if isinstance(ring, KeyRing) else repr(ring) for ring in rings}
        assert seen == {KeyRing.load_or_make(file).lookup("x")}
        assert [found.name for found in tmp_path.iterdir()] == ["keys.json"]


class TestSealedText:
    def test_shows_nothing_however_it_is_written_down(self) -> None:
        sealed = Sealed(WORDS)
        shown = [repr(sealed), str(sealed), f"{sealed}", f"{sealed!s} {sealed!r:>20}", repr({"text": [sealed]})]
        assert not any("tell" in one for one in shown)
        with pytest.raises(TypeError):
            json.dumps({"text": sealed})

    def test_shows_nothing_in_a_traceback(self) -> None:
        def fails(words: Sealed) -> None:
            raise ValueError(f"cannot do this with {words}")

        with pytest.raises(ValueError) as caught:
            fails(Sealed(WORDS))
        whole = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
        assert "Sealed(…)" in whole
        assert "not to tell" not in whole

    def test_is_equal_to_the_same_words_and_to_nothing_else(self) -> None:
        assert Sealed(WORDS) == Sealed(WORDS)
        assert Sealed(WORDS) != Sealed("other")
        assert Sealed(WORDS) != WORDS
        assert len({Sealed(WORDS), Sealed(WORDS)}) == 1
        assert not Sealed("")


def test_the_table_holds_no_readable_word(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        parent(session, clock.now(), 1001, "Kayleigh")
    with database.reading() as session:
        row = session.execute(text("SELECT * FROM person")).one()
        stored = b" ".join(
            bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode() for cell in row
        )
        assert b"Kayleigh" not in stored
        assert b"1001" not in stored
        assert session.scalars(select(Person)).one().name.reveal() == "Kayleigh"


def test_a_row_whose_key_is_gone_says_so(sqlite_only: Database, clock: TestClock, own_ring: KeyRing) -> None:
    with sqlite_only.unit() as session:
        number = parent(session, clock.now()).id
    sealing.install(KeyRing({2: b"b" * 32}, b"z" * 32))
    with sqlite_only.reading() as session, pytest.raises(SealError, match="key 1 is not on the ring"):
        people.get_person(session, number)


def test_an_error_of_the_database_shows_no_words(database: Database, clock: TestClock) -> None:
    with pytest.raises(Exception) as caught, database.unit() as session:
        session.execute(text("INSERT INTO person (name) VALUES (:name)"), {"name": WORDS})
    assert WORDS not in str(caught.value)
