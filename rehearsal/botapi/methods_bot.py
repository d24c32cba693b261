"""The bot about itself: who it is, its commands, its texts."""

import json
from typing import TYPE_CHECKING, Any

from rehearsal.botapi.methods_messages import objects
from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import method
from rehearsal.errors import bad
from rehearsal.model import ADMIN_RIGHTS, JSON

if TYPE_CHECKING:
    from rehearsal.world import World


@method("getMe")
def get_me(world: "World", p: Params) -> JSON:
    return {
        **world.bot.user.json,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("logOut", "close")
def leave_server(world: "World", p: Params) -> bool:
    return True


def _scope(p: Params) -> str:
    scope = p.json("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: expected an Object")
    return json.dumps(scope, sort_keys=True) + p.text("language_code")


@method("setMyCommands")
def set_my_commands(world: "World", p: Params) -> bool:
    kept = []
    for command in objects(p, "commands", "BotCommand"):
        name = str(command.get("command", "")).lstrip("/").lower()
        description = str(command.get("description", ""))
        if not name or len(name) > 32 or not name.replace("_", "").isalnum() or not name.isascii():
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": description})
    if len(kept) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    world.bot.commands[_scope(p)] = kept
    world.event("commands", 0)
    return True


@method("getMyCommands")
def get_my_commands(world: "World", p: Params) -> list[JSON]:
    return world.bot.commands.get(_scope(p), [])


@method("deleteMyCommands")
def delete_my_commands(world: "World", p: Params) -> bool:
    world.bot.commands.pop(_scope(p), None)
    world.event("commands", 0)
    return True


LENGTHS = {"name": 64, "description": 512, "short_description": 120}


def _set_text(field: str) -> Any:
    def set_it(world: "World", p: Params) -> bool:
        if len(p.text(field)) > LENGTHS[field]:
            raise bad(f"bot {field.replace('_', ' ')} is too long")
        world.bot.texts[field][p.text("language_code")] = p.text(field)
        return True

    return set_it


def _get_text(field: str) -> Any:
    def get_it(world: "World", p: Params) -> JSON:
        texts = world.bot.texts[field]
        fallback = texts.get("", world.bot.user.first_name if field == "name" else "")
        return {field: texts.get(p.text("language_code"), fallback)}

    return get_it


for _field, _suffix in (
    ("name", "Name"),
    ("description", "Description"),
    ("short_description", "ShortDescription"),
):
    method(f"setMy{_suffix}")(_set_text(_field))
    method(f"getMy{_suffix}")(_get_text(_field))


@method("setChatMenuButton")
def set_chat_menu_button(world: "World", p: Params) -> bool:
    button = p.json("menu_button", "MenuButton") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse menu button: MenuButton has unsupported type")
    world.bot.menu_buttons[p.integer("chat_id")] = button
    return True


@method("getChatMenuButton")
def get_chat_menu_button(world: "World", p: Params) -> JSON:
    buttons = world.bot.menu_buttons
    return buttons.get(p.integer("chat_id")) or buttons.get(0) or {"type": "commands"}


@method("setMyDefaultAdministratorRights")
def set_default_rights(world: "World", p: Params) -> bool:
    rights = p.json("rights", "ChatAdministratorRights") or {}
    world.bot.default_rights = {name: bool(rights.get(name)) for name in ADMIN_RIGHTS}
    return True


@method("getMyDefaultAdministratorRights")
def get_default_rights(world: "World", p: Params) -> JSON:
    return {"is_anonymous": False, **{name: world.bot.default_rights.get(name, False) for name in ADMIN_RIGHTS}}
