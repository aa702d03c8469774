from __future__ import annotations

import pytest

from promoter.forge.github.answers import Viewer, Who
from promoter.forge.github.identity import Identity
from tests.forge.github.values import BOT, US, a_who


def test_the_account_of_the_token_is_the_bot() -> None:
    assert US.is_us(a_who(BOT, bot=True))
    assert US.acts_as_bot
    assert US.name == f"{BOT}[bot]"


@pytest.mark.parametrize("stranger", [None, a_who(), a_who("other-bot", bot=True)])
def test_nobody_else_is(stranger: Who | None) -> None:
    assert not US.is_us(stranger)


def test_the_account_counts_and_not_its_name() -> None:
    renamed = Who.model_validate({"__typename": "Bot", "login": "renamed", "databaseId": 7})
    impostor = Who.model_validate({"__typename": "Bot", "login": BOT, "databaseId": 8})
    assert US.is_us(renamed)
    assert not US.is_us(impostor)


def test_where_the_token_is_somebody_elses_the_bot_is_named() -> None:
    identity = Identity(viewer=Viewer(login="grace", database_id=1), bot="Promoter-Bot[bot]")
    assert identity.is_us(a_who(BOT, bot=True))
    assert not identity.is_us(a_who("grace"))
    assert not identity.acts_as_bot


def test_a_user_who_is_called_like_the_bot_is_not_the_bot() -> None:
    identity = Identity(viewer=Viewer(login="grace"), bot=f"{BOT}[bot]")
    assert not identity.is_us(a_who(BOT))
