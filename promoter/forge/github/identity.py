"""Who the bot is. Text never says so: only the account that GitHub names as author or actor counts."""

from __future__ import annotations

from dataclasses import dataclass

from promoter.forge.github.answers import Viewer, Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bot's account, and whose token this run has."""

    viewer: Viewer
    bot: str  # the configured login, "" where the token's own account is the bot

    @property
    def name(self) -> str:
        """The bot's login."""
        return self.bot or self.viewer.login

    @property
    def acts_as_bot(self) -> bool:
        """This run speaks as the bot."""
        return not self.bot or _same(self.bot, self.viewer.login)

    def is_us(self, who: Who | None) -> bool:
        """Whether this is the bot's account."""
        if who is None:
            return False
        if self.bot:
            return _same(who.name, self.bot)
        if who.database_id is not None and self.viewer.database_id is not None:
            return who.database_id == self.viewer.database_id
        return _same(who.name, self.viewer.login)


def _same(one: str, other: str) -> bool:
    """Logins are the same whatever their case."""
    return one.casefold() == other.casefold()
