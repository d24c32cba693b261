"""Where updates go. The deliveries themselves are made by ``rehearsal.webhook``."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import method
from rehearsal.errors import bad
from rehearsal.model import JSON

if TYPE_CHECKING:
    from rehearsal.world import World

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@method("setWebhook")
def set_webhook(world: "World", p: Params) -> bool:
    """An empty address takes the webhook away. Only this computer can be addressed, over http as well."""
    url = p.text("url")
    secret = p.text("secret_token")
    if not url:
        return delete_webhook(world, p)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        raise bad("bad webhook: the rehearsal delivers to this computer only (http://127.0.0.1:PORT/...)")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad("secret token contains unallowed characters")
    world.updates.allow(p.raw("allowed_updates"))
    if p.boolean("drop_pending_updates"):
        world.updates.clear()
    world.webhook = {
        "url": url,
        "secret_token": secret,
        "max_connections": min(max(p.integer("max_connections", 40), 1), 100),
    }
    for ring in world.on_update:
        ring()
    return True


@method("deleteWebhook")
def delete_webhook(world: "World", p: Params) -> bool:
    world.webhook = None
    if p.boolean("drop_pending_updates"):
        world.updates.clear()
    for ring in world.on_update:
        ring()
    return True


@method("getWebhookInfo")
def get_webhook_info(world: "World", p: Params) -> JSON:
    hook = world.webhook or {}
    info: JSON = {
        "url": hook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": world.updates_waiting(),
    }
    if hook:
        info["max_connections"] = hook["max_connections"]
        info |= {name: hook[name] for name in ("last_error_date", "last_error_message") if name in hook}
    if world.updates.asked is not None:
        info["allowed_updates"] = world.updates.asked
    return info
