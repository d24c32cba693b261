"""Sealed text: what a person wrote, who they are, and what moderators note about them.

AES-256-GCM with a ring of keys. A sealed value names the key that closed it, so keys can be
rotated: new values use the newest key, old ones stay readable while their key is on the ring.
The column's name is bound in as associated data, so a value cannot be moved to another column.
Look-ups use a keyed hash (HMAC-SHA-256), never the value.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_VERSION = 1
_NONCE = 12


class SealError(Exception):
    """A sealed value does not open: the key is not on the ring, or the value was changed."""


@final
class Sealed:
    """Text that must not reach a log, a traceback or an error page by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; call this only where a person is meant to read it."""
        return self._text

    def __repr__(self) -> str:
        return "Sealed(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


class KeyRing:
    """The keys that seal and open, and the one that makes look-up hashes."""

    def __init__(self, keys: Mapping[int, bytes], lookup: bytes) -> None:
        """`keys` by number (1 to 255), the highest is used for sealing; all are 32 bytes."""
        if not keys or any(len(key) != 32 for key in keys.values()) or len(lookup) != 32:
            raise SealError("every key on the ring must be 32 bytes")
        if not all(1 <= number <= 255 for number in keys):
            raise SealError("the keys on the ring are numbered 1 to 255")
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._keys = dict(keys)
        self._lookup = lookup
        self.newest = max(keys)

    @classmethod
    def made_new(cls) -> KeyRing:
        return cls({1: secrets.token_bytes(32)}, secrets.token_bytes(32))

    @classmethod
    def load_or_make(cls, file: Path) -> KeyRing:
        """Open the ring kept in `file`, or make one there (mode 0600) on the first start.

        Raises SealError when the file is there but cannot be read as a ring; it is never overwritten.
        """
        if not file.exists():
            partial = cls.made_new()._write_beside(file)
            with contextlib.suppress(FileExistsError):  # another process was first: its ring counts
                os.link(partial, file)
            partial.unlink()
        try:
            held = json.loads(file.read_text())
            return cls(
                {int(number): base64.b64decode(key) for number, key in held["keys"].items()},
                base64.b64decode(held["lookup"]),
            )
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SealError(f"{file} does not hold a key ring: {error}") from None

    def save(self, file: Path) -> None:
        """Write the ring to `file`, whole or not at all, readable by its owner alone."""
        self._write_beside(file).replace(file)

    def _write_beside(self, file: Path) -> Path:
        """The ring in a file of its own beside `file`, safely on the disk."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps(
            {
                "keys": {str(number): base64.b64encode(key).decode() for number, key in self._keys.items()},
                "lookup": base64.b64encode(self._lookup).decode(),
            }
        )
        partial = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        return partial

    def with_new_key(self) -> KeyRing:
        """A ring with one more key, which seals from now on."""
        return KeyRing({**self._keys, self.newest + 1: secrets.token_bytes(32)}, self._lookup)

    def seal(self, text: str, purpose: str) -> bytes:
        """Close `text`; `purpose` must be given again to open it."""
        nonce = os.urandom(_NONCE)
        closed = self._ciphers[self.newest].encrypt(nonce, text.encode("utf-8", "surrogatepass"), purpose.encode())
        return bytes((_VERSION, self.newest)) + nonce + closed

    def open(self, sealed: bytes, purpose: str) -> str:
        """Raises SealError when the key is missing or the value does not verify."""
        if len(sealed) < 2 + _NONCE or sealed[0] != _VERSION:
            raise SealError("not a sealed value")
        cipher = self._ciphers.get(sealed[1])
        if cipher is None:
            raise SealError(f"key {sealed[1]} is not on the ring")
        try:
            opened = cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], purpose.encode())
        except InvalidTag:
            raise SealError("a sealed value does not verify") from None
        return opened.decode("utf-8", "surrogatepass")

    def lookup(self, *parts: object) -> str:
        """A keyed hash to find a value by without keeping it: 32 hexadecimal digits."""
        words = "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
        return hmac.new(self._lookup, words, hashlib.sha256).hexdigest()[:32]


class _Installed:
    ring: KeyRing | None = None


def install(ring: KeyRing) -> None:
    """Make `ring` the process's key ring; done once, at start."""
    _Installed.ring = ring


def ring() -> KeyRing:
    """The process's key ring. Raises SealError before `install`."""
    if _Installed.ring is None:
        raise SealError("no key ring is installed")
    return _Installed.ring


class SealedText(TypeDecorator[Sealed]):
    """A column of sealed text. Give it `Sealed` or str; it gives back `Sealed`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        """`purpose` is the table and column, bound into the seal."""
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Sealed | str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return ring().seal(value.reveal() if isinstance(value, Sealed) else value, self.purpose)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        return None if value is None else Sealed(ring().open(bytes(value), self.purpose))


class SealedJSON(TypeDecorator[Any]):
    """A column of sealed JSON. What it gives back is plain data: keep it out of logs."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return ring().seal(json.dumps(value, separators=(",", ":")), self.purpose)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(ring().open(bytes(value), self.purpose))
