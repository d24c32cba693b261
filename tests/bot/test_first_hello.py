"""The first hello, invite codes, the notice, yes and no, /privacy and /stop."""

from __future__ import annotations

import pytest

from bot import words
from people import invites
from people.models import Invite
from tests.bot.conftest import Codes
from tests.bot.driver import Phone, Stage, plain
from tests.factories import AT_THE_END_OF_HER_ROPE

MENU = [words.NEED_HELP, words.SUPPORT, words.TALK, words.GROUP, words.PRIVACY]


def joined(stage: Stage, phone: Phone) -> bool:
    with stage.database.reading() as session:
        return phone.record(session).invite_id is not None


def consent(stage: Stage, phone: Phone) -> str:
    with stage.database.reading() as session:
        return phone.record(session).consent


# codes


def test_without_a_code_there_is_a_hello_the_notice_and_a_question(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts()
    assert len(kayleigh.texts()) == 1
    assert "Hi, I'm Cairn." in kayleigh.sees()
    assert kayleigh.sees().endswith(words.ASK)
    assert kayleigh.buttons() == [words.YES, words.NO, words.NEED_HELP]
    assert not joined(stage, kayleigh)


def test_a_code_from_a_link_puts_a_parent_on_the_list(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    kayleigh.starts(codes())
    assert words.INVITED in kayleigh.sees()
    assert kayleigh.sees().endswith(words.ASK)
    assert joined(stage, kayleigh)


def test_a_code_may_be_typed_in_small_letters(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    kayleigh.says(f"/start {codes().lower()}")
    assert joined(stage, kayleigh)


def test_a_single_code_lets_one_parent_in(stage: Stage, kayleigh: Phone, dean: Phone, codes: Codes) -> None:
    code = codes()
    kayleigh.starts(code)
    dean.starts(code)
    assert words.CODE_REFUSED in dean.sees()
    assert dean.sees().endswith(words.ASK), "the guide and urgent help are still theirs"
    assert joined(stage, kayleigh)
    assert not joined(stage, dean)


def test_a_counted_code_lets_as_many_in_as_it_says(
    stage: Stage, kayleigh: Phone, dean: Phone, shaz: Phone, codes: Codes
) -> None:
    code = codes(uses=2)
    for phone in (kayleigh, dean, shaz):
        phone.starts(code)
    assert [joined(stage, phone) for phone in (kayleigh, dean, shaz)] == [True, True, False]


def test_the_same_parent_may_use_a_code_again_without_spending_it(
    stage: Stage, kayleigh: Phone, dean: Phone, codes: Codes
) -> None:
    code = codes(uses=2)
    kayleigh.starts(code)
    kayleigh.starts(code)
    assert words.INVITED in kayleigh.sees()
    dean.starts(code)
    assert joined(stage, dean), "the second use was still there"


def test_an_expired_code_opens_nothing(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    code = codes(days=14)
    stage.clock.move(days=14)
    kayleigh.starts(code)
    assert words.CODE_REFUSED in kayleigh.sees()
    assert not joined(stage, kayleigh)


def test_a_code_works_until_it_expires(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    code = codes(days=14)
    stage.clock.move(days=13, hours=23)
    kayleigh.starts(code)
    assert joined(stage, kayleigh)


def test_a_revoked_code_opens_nothing(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    code = codes()
    with stage.database.unit() as session:
        (invite,) = session.query(Invite).all()
        invites.revoke_invite(session, invite.id, stage.clock.now())
    kayleigh.starts(code)
    assert words.CODE_REFUSED in kayleigh.sees()
    assert not joined(stage, kayleigh)


@pytest.mark.parametrize("code", ["NOSUCHCODE", "x", "A" * 64])
def test_a_wrong_code_is_refused_and_the_parent_is_greeted_all_the_same(
    stage: Stage, kayleigh: Phone, code: str
) -> None:
    kayleigh.starts(code)
    assert words.CODE_REFUSED in kayleigh.sees()
    assert words.YES in kayleigh.buttons()
    assert not joined(stage, kayleigh)


@pytest.mark.parametrize("kind", ["group", "staff"])
def test_a_code_for_another_door_does_not_make_a_parent(
    stage: Stage, kayleigh: Phone, codes: Codes, kind: str
) -> None:
    kayleigh.starts(codes(kind=kind, subject="999"))
    assert words.CODE_REFUSED in kayleigh.sees()
    assert not joined(stage, kayleigh)


def test_a_word_sent_as_a_code_is_still_listened_to(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says("/start suicidal")
    assert stage.case().categories == ["suicide_self_harm"]
    assert "I am safe for now" in kayleigh.buttons()


def test_somebody_who_said_yes_before_gets_the_menu_and_no_second_question(
    stage: Stage, kayleigh: Phone, codes: Codes
) -> None:
    kayleigh.joins_in()
    kayleigh.starts(codes())
    assert kayleigh.sees() == f"{words.INVITED}\n\n{words.HELLO_AGAIN}"
    assert kayleigh.buttons() == MENU
    assert joined(stage, kayleigh)


# the notice


def test_the_notice_comes_first_and_says_who_reads_what_and_that_this_is_no_emergency_service(
    stage: Stage, kayleigh: Phone
) -> None:
    kayleigh.starts()
    seen = kayleigh.sees()
    for said in ("I'm a computer", "people from the team read it", "8am to 8pm, every day", "999", "/stop"):
        assert said in seen
    assert stage.words_kept() == []


def test_a_hello_instead_of_start_gets_the_notice_too(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says("hiya")
    assert kayleigh.sees().endswith(words.ASK)
    assert "hiya" not in stage.everything_kept()


def test_the_question_is_asked_once_and_not_after_every_message(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says("cot")
    kayleigh.says("pram")
    assert sum(text.endswith(words.ASK) for text in kayleigh.texts()) == 1


def test_yes_is_answered_in_place_with_the_menu(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts().taps(words.YES)
    assert kayleigh.texts() == [words.SAID_YES]
    assert kayleigh.buttons() == MENU
    assert consent(stage, kayleigh) == "yes"


def test_no_leaves_the_guide_and_urgent_help(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts().taps(words.NO)
    assert kayleigh.sees() == words.SAID_NO
    assert kayleigh.buttons() == MENU
    assert consent(stage, kayleigh) == "no"
    kayleigh.taps(words.SUPPORT)
    assert "Money and benefits" in kayleigh.buttons()
    kayleigh.taps(words.MENU_BUTTON).taps(words.NEED_HELP)
    assert "999" in kayleigh.sees()


@pytest.mark.parametrize("answer", [None, words.NO])
def test_without_a_yes_nothing_harmless_is_kept_in_any_table(
    stage: Stage, kayleigh: Phone, answer: str | None
) -> None:
    kayleigh.starts()
    if answer:
        kayleigh.taps(answer)
    written = kayleigh.says("our tommy loves the purple dinosaur")
    kayleigh.edits(written, "our tommy loves the purple hippo")
    kayleigh.sends("sticker", emoji="🦕")
    kayleigh.sends("poll", question="purple or green dinosaur", options=["purple", "green"])
    kept = stage.everything_kept()
    assert stage.messages_kept() == []
    for word in ("purple", "tommy", "🦕", "hippo"):
        assert word not in kept
    assert stage.cases() == []


def test_with_a_yes_what_is_written_is_kept(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("our tommy loves the purple dinosaur")
    assert stage.words_kept() == ["our tommy loves the purple dinosaur"]


def test_after_a_no_a_worry_is_kept_and_answered_all_the_same(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts().taps(words.NO)
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert stage.words_kept() == [AT_THE_END_OF_HER_ROPE]
    assert stage.case().urgency == "immediate"
    assert "I need somebody now" in kayleigh.buttons()


def test_a_no_can_become_a_yes_and_the_other_way_round(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts().taps(words.NO)
    kayleigh.taps(words.PRIVACY).taps(words.YES)
    assert consent(stage, kayleigh) == "yes"
    kayleigh.taps(words.PRIVACY).taps(words.STOP_BUTTON)
    assert consent(stage, kayleigh) == "ended"


# /privacy and /stop


@pytest.mark.parametrize(
    ("answer", "standing"),
    [(None, words.PRIVACY_UNASKED), (words.YES, words.PRIVACY_YES), (words.NO, words.PRIVACY_NO)],
)
def test_privacy_shows_the_whole_notice_again_and_what_they_said(
    stage: Stage, kayleigh: Phone, answer: str | None, standing: str
) -> None:
    kayleigh.starts()
    if answer:
        kayleigh.taps(answer)
    kayleigh.says("/privacy")
    assert plain(words.NOTICE.format(hours="8am to 8pm, every day")) in kayleigh.sees()
    assert standing in kayleigh.sees()
    assert kayleigh.buttons()[0] == (words.STOP_BUTTON if answer == words.YES else words.YES)
    assert words.NEED_HELP in kayleigh.buttons()


def test_stop_ends_keeping_at_once(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("the first purple dinosaur")
    kayleigh.says("/stop")
    assert kayleigh.sees() == plain(words.STOPPED)
    kayleigh.says("the second purple dinosaur")
    assert stage.words_kept() == ["the first purple dinosaur"]
    assert "second purple" not in stage.everything_kept()
    kayleigh.says("/privacy")
    assert words.PRIVACY_ENDED in kayleigh.sees()


def test_after_stop_a_worry_still_reaches_a_human(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/stop")
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert stage.case().urgency == "immediate"
    assert "Immediate" in priya.sees()


def test_stop_forgets_that_words_for_the_team_were_awaited(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/talk")
    kayleigh.says("/stop")
    kayleigh.says("never mind the purple dinosaur")
    assert stage.cases() == []
    assert "purple" not in stage.everything_kept()


def test_starting_again_after_stop_asks_again(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/stop")
    kayleigh.starts()
    assert kayleigh.sees().endswith(words.ASK)
    kayleigh.taps(words.YES)
    assert consent(stage, kayleigh) == "yes"


def test_the_first_hello_on_both_databases(stage_on_each: Stage) -> None:
    kayleigh = stage_on_each.phone(1001)
    kayleigh.starts()
    kayleigh.says("our tommy loves the purple dinosaur")
    assert stage_on_each.messages_kept() == []
    kayleigh.taps(words.YES)
    kayleigh.says("our tommy loves the purple hippo")
    assert stage_on_each.words_kept() == ["our tommy loves the purple hippo"]
    kayleigh.says("/stop")
    assert kayleigh.sees() == plain(words.STOPPED)
