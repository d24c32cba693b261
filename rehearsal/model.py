"""What there is in Telegram's world: people, chats, members, messages, links, files."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info",
    "can_invite_users", "can_pin_messages", "can_manage_topics",
)  # fmt: skip
ADMIN_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_pin_messages", "can_manage_topics", "can_manage_tags",
)  # fmt: skip
MEDIA_PERMISSION = {
    "text": ("can_send_messages", "text messages"),
    "photo": ("can_send_photos", "photos"),
    "video": ("can_send_videos", "videos"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "document": ("can_send_documents", "documents"),
    "audio": ("can_send_audios", "music"),
    "video_note": ("can_send_video_notes", "video notes"),
    "sticker": ("can_send_other_messages", "stickers"),
    "animation": ("can_send_other_messages", "animations"),
    "poll": ("can_send_polls", "polls"),
    "contact": ("can_send_messages", "contacts"),
    "location": ("can_send_messages", "locations"),
}


def everyday_permissions() -> dict[str, bool]:
    """What members of a new group may do: talk and share, not run it."""
    run_it = ("can_change_info", "can_pin_messages", "can_manage_topics", "can_edit_tag")
    return {name: name not in run_it for name in PERMISSIONS}


class User:
    """A person or a bot. Its JSON is built once: users do not change during a rehearsal."""

    __slots__ = ("chat_json", "crowd", "deactivated", "first_name", "id", "is_bot", "json")

    def __init__(
        self,
        id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        *,
        is_bot: bool = False,
        language_code: str = "en",
        crowd: bool = False,
    ) -> None:
        names = {"first_name": first_name}
        if last_name:
            names["last_name"] = last_name
        if username:
            names["username"] = username
        self.id = id
        self.first_name = first_name
        self.is_bot = is_bot
        self.deactivated = False
        self.crowd = crowd
        self.json: JSON = {"id": id, "is_bot": is_bot, **names}
        if language_code and not is_bot:
            self.json["language_code"] = language_code
        self.chat_json: JSON = {"id": id, **names, "type": "private"}


@dataclass(slots=True)
class Member:
    """Somebody's standing in a group, as ``ChatMember`` names it."""

    status: str  # creator, administrator, member, restricted, left, kicked
    rights: dict[str, bool] = field(default_factory=dict)
    until_date: int = 0
    is_member: bool = True
    custom_title: str = ""

    @property
    def present(self) -> bool:
        return self.status in ("creator", "administrator", "member") or (
            self.status == "restricted" and self.is_member
        )

    @property
    def runs(self) -> bool:
        return self.status in ("creator", "administrator")

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and self.rights.get(right, False))

    def as_json(self, user: User) -> JSON:
        base: JSON = {"status": self.status, "user": user.json}
        if self.status == "creator":
            base["is_anonymous"] = False
        elif self.status == "administrator":
            base |= {"can_be_edited": False, "is_anonymous": False}
            base |= {right: self.rights.get(right, False) for right in ADMIN_RIGHTS}
        elif self.status == "restricted":
            base |= {"is_member": self.is_member, "until_date": self.until_date}
            base |= {name: self.rights.get(name, False) for name in PERMISSIONS}
        elif self.status == "kicked":
            base["until_date"] = self.until_date
        if self.custom_title and self.runs:
            base["custom_title"] = self.custom_title
        return base


@dataclass(slots=True)
class InviteLink:
    link: str
    creator: User
    creates_join_request: bool = False
    is_primary: bool = False
    is_revoked: bool = False
    name: str = ""
    expire_date: int = 0
    member_limit: int = 0
    joined: int = 0
    pending: int = 0

    def as_json(self) -> JSON:
        found: JSON = {
            "invite_link": self.link,
            "creator": self.creator.json,
            "creates_join_request": self.creates_join_request,
            "is_primary": self.is_primary,
            "is_revoked": self.is_revoked,
        }
        optional = {
            "name": self.name,
            "expire_date": self.expire_date,
            "member_limit": self.member_limit,
            "pending_join_request_count": self.pending,
        }
        return found | {key: value for key, value in optional.items() if value}


@dataclass(slots=True)
class Message:
    """One message as the bot sees it (``json``) and what only the phones need to know."""

    id: int
    chat_id: int
    sender: User
    json: JSON
    date: float
    service: bool = False
    edited: bool = False
    protected: bool = False
    silent: bool = False
    reactions: dict[int, str] = field(default_factory=dict)

    def for_phones(self) -> JSON:
        return {
            **self.json,
            "edited": self.edited,
            "silent": self.silent,
            "service": self.service,
            "reactions": {str(user): emoji for user, emoji in self.reactions.items()},
        }


class Chat:
    """A private chat (its id is the person's) or a group."""

    __slots__ = (
        "description", "id", "invite_links", "json", "members", "messages",
        "migrated_to", "permissions", "pinned", "requests", "title", "type", "user",
    )  # fmt: skip

    def __init__(self, id: int, type: str, title: str = "", user: User | None = None) -> None:
        self.id = id
        self.type = type
        self.title = title
        self.user = user
        self.description = ""
        self.messages: OrderedDict[int, Message] = OrderedDict()
        self.members: dict[int, Member] = {}
        self.permissions = everyday_permissions()
        self.invite_links: dict[str, InviteLink] = {}
        self.requests: dict[int, InviteLink | None] = {}
        self.pinned: list[int] = []
        self.migrated_to: int | None = None
        self.json: JSON = user.chat_json if user else {"id": id, "title": title, "type": type}

    @property
    def is_private(self) -> bool:
        return self.user is not None

    def primary_link(self) -> InviteLink | None:
        return next((one for one in self.invite_links.values() if one.is_primary and not one.is_revoked), None)


@dataclass(slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    path: str
    content: bytes
    mime_type: str = "application/octet-stream"
    file_name: str = ""
    extra: JSON = field(default_factory=dict)

    def as_json(self) -> JSON:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


@dataclass(slots=True)
class CallbackQuery:
    id: str
    user_id: int
    chat_id: int
    message_id: int
    asked: float
