"""Files in memory: what the bot uploads and the made-up ones people send."""

import struct
import zlib
from typing import Any

from rehearsal.model import JSON, StoredFile

FOLDERS = {
    "photo": ("photos", "png", "image/png"),
    "voice": ("voice", "oga", "audio/ogg"),
    "video": ("videos", "mp4", "video/mp4"),
    "document": ("documents", "pdf", "application/pdf"),
    "sticker": ("stickers", "webp", "image/webp"),
    "audio": ("music", "mp3", "audio/mpeg"),
    "animation": ("animations", "mp4", "video/mp4"),
    "video_note": ("video_notes", "mp4", "video/mp4"),
}
SHAPES: dict[str, JSON] = {
    "photo": {"width": 320, "height": 240},
    "voice": {"duration": 7},
    "video": {"width": 320, "height": 240, "duration": 12},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    "audio": {"duration": 90},
    "animation": {"width": 320, "height": 240, "duration": 3},
    "video_note": {"length": 240, "duration": 5},
}


def made_up_picture(width: int = 320, height: int = 240) -> bytes:
    """A small PNG of fells under a sky, drawn here so that nothing is shipped."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            fell = height * 0.55 + 30 * (abs((x % 160) - 80) / 80) - 20 * (abs((x % 230) - 115) / 115)
            rows += bytes((88, 112, 84) if y > fell else (176, 200, 216))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


class FileStore:
    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}
        self._picture: bytes | None = None

    def add(self, kind: str, content: bytes | None = None, file_name: str = "", **extra: Any) -> StoredFile:
        """Keep a file of this kind; without content it is made up."""
        folder, ending, mime = FOLDERS[kind]
        number = len(self.by_id) + 1
        if content is None:
            if kind == "photo":
                self._picture = self._picture or made_up_picture()
                content = self._picture
            else:
                content = f"A made-up {kind} of the rehearsal, number {number}.\n".encode()
        if "." in file_name:
            ending = file_name.rsplit(".", 1)[1][:8]
        stored = StoredFile(
            file_id=f"rehearsal-{kind}-{number}",
            unique_id=f"u{number}",
            path=f"{folder}/file_{number}.{ending}",
            content=content,
            mime_type=mime,
            file_name=file_name,
            extra={**SHAPES.get(kind, {}), **extra},
        )
        self.by_id[stored.file_id] = stored
        self.by_path[stored.path] = stored
        return stored

    def content(self, kind: str, stored: StoredFile) -> JSON:
        """The part of a message that carries this file."""
        described: JSON = {**stored.as_json(), **stored.extra}
        if kind == "photo":
            return {"photo": [described]}
        if kind in ("document", "voice", "video", "audio", "animation"):
            described["mime_type"] = stored.mime_type
        if stored.file_name and kind in ("document", "video", "audio", "animation"):
            described["file_name"] = stored.file_name
        if kind == "animation":
            return {"animation": described, "document": {**stored.as_json(), "mime_type": stored.mime_type}}
        return {kind: described}
