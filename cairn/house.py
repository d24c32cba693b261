"""Putting the rooms together: settings, keys, database, signals and screening, made once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from core import sealing
from core.clock import Clock, SystemClock
from core.database import Database
from core.remember import recall
from core.settings import Settings
from core.signals import connect
from moderation.guard import TimeLimited
from moderation.hours import Hours
from moderation.policies.live import LiveScreening
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from moderation.screening.policy import Policy
from moderation.service import Ways


@dataclass(slots=True)
class House:
    """What every process of Cairn stands on."""

    settings: Settings
    database: Database
    clock: Clock
    _live: list[LiveScreening] = field(default_factory=list)

    @classmethod
    def open(cls, settings: Settings | None = None, clock: Clock | None = None) -> House:
        """Open the data folder, its keys, and the database.

        Raises core.settings.SettingsError and core.sealing.SealError.
        """
        settings = settings or Settings.load()
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealing.install(sealing.KeyRing.load_or_make(settings.data / "keys.json"))
        redis = settings.redis_url.get_secret_value() if settings.redis_url else None
        return cls(settings, Database(settings.database, connect(redis)), clock or SystemClock())

    def ways(self) -> Ways:
        """Screening and hours for the moderation room. The first call takes seconds: it loads both layers."""
        live = LiveScreening(self.database, self.clock, self.meaning())
        self._live.append(live)
        limited = TimeLimited(live)
        return Ways(
            limited,
            self._hours(),
            self.settings.web_address,
            in_light=limited.limited(live.in_light),
            follow=live.follow,
            shadow=live.note_shadow,
        )

    def ways_to_read(self) -> Ways:
        """The same for the console, which screens nothing: the layers are loaded only if it ever should."""
        return Ways(
            lambda text: Judge(Policy(), self.meaning()).screen(text), self._hours(), self.settings.web_address
        )

    def meaning(self) -> Meaning | None:
        """The meaning layer that CAIRN_SCREENING_MODEL names, loaded once in a process; None for "none"."""
        name = self.settings.screening_model
        return None if name == "none" else Meaning.named(name)

    def _hours(self) -> Hours:
        return Hours(self.settings.opens_at, self.settings.closes_at)

    def bot_username(self) -> str | None:
        """The bot's name on Telegram, once it has been learnt."""
        with self.database.reading() as session:
            me = recall(session, "telegram.me")
        return me.get("username") if me else None

    def close(self) -> None:
        for live in self._live:
            live.close()
        self.database.signals.close()
        self.database.close()
