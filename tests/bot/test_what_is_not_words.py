"""Pictures, recordings and the rest; captions and edits: kept by reference, screened, and told plainly."""

from __future__ import annotations

from typing import Any

import pytest

from bot import words
from tests.bot.driver import Phone, Stage, plain
from tests.factories import AT_THE_END_OF_HER_ROPE, SKINT

SAFE, NEED = "I am safe for now", "I need somebody now"
UNSEEN: list[tuple[str, dict[str, Any]]] = [
    ("photo", {}),
    ("voice", {}),
    ("video", {}),
    ("document", {}),
    ("location", {}),
    ("contact", {"phone_number": "+447700900123", "first_name": "Gaz"}),
]


def raw(stage: Stage, phone: Phone, **content: Any) -> None:
    """A message of a kind that the phones of the rehearsal do not make."""
    user = stage.world.users[phone.id]
    stage.world.send_text(phone.id, phone.id, "to come")
    update = stage.world.updates.pending[-1]
    bubble = stage.world.chats[phone.id].messages.popitem()[1]
    stage.world.updates.pending.remove(update)
    body = {"message_id": bubble.id, "from": user.json, "chat": user.chat_json, "date": bubble.json["date"]}
    stage.world.tell_bot("message", body | content, phone.id)
    stage.settle()


@pytest.mark.parametrize(("kind", "more"), UNSEEN)
def test_what_a_computer_cannot_judge_goes_to_a_human_and_the_parent_is_told(
    stage: Stage, kayleigh: Phone, priya: Phone, kind: str, more: dict[str, Any]
) -> None:
    kayleigh.joins_in()
    kayleigh.sends(kind, **more)
    case = stage.case()
    assert (case.kind, case.urgency) == ("media", "review")
    (flag,) = stage.flags(case)
    assert flag.evidence["kind"] == kind
    assert "I'm a computer" in kayleigh.sees()
    assert "by 8pm on Friday 6 November" in kayleigh.sees()
    assert "999" in kayleigh.sees()
    assert priya.sees().startswith("Review: Something a computer cannot look at")


@pytest.mark.parametrize("kind", ["photo", "voice", "video", "document"])
def test_files_are_kept_by_reference_and_never_fetched(stage: Stage, kayleigh: Phone, kind: str) -> None:
    kayleigh.joins_in()
    number = kayleigh.sends(kind)
    sent = stage.world.chats[kayleigh.id].messages[number].json[kind]
    file = sent[-1] if isinstance(sent, list) else sent
    (kept,) = stage.messages_kept()
    assert kept.kind == kind
    assert kept.media["file"] == file["file_id"]
    assert stage.controls.counts["getFile"] == 0


def test_a_place_is_kept_as_a_place(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.sends("location", latitude=54.5, longitude=-2.75)
    (kept,) = stage.messages_kept()
    assert kept.media == {"latitude": 54.5, "longitude": -2.75}


def test_a_contact_is_kept_with_its_name_and_number(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.sends("contact", phone_number="+447700900123", first_name="Gaz")
    assert stage.words_kept() == ["Gaz\n+447700900123"]


@pytest.mark.parametrize("kind", ["photo", "voice", "video", "document"])
def test_captions_are_screened_like_words(stage: Stage, kayleigh: Phone, kind: str) -> None:
    kayleigh.sends(kind, caption=AT_THE_END_OF_HER_ROPE)
    case = stage.case()
    assert (case.kind, case.urgency) == ("worry", "immediate")
    assert "Never shake a baby" in kayleigh.sees()
    assert stage.flags(case)[0].evidence["media"]["file"]


def test_a_file_name_is_screened_too(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.sends("document", file_name="i want to die.txt")
    assert stage.case().urgency == "immediate"


def test_a_worry_in_a_poll_is_a_worry(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.sends("poll", question="what do I do", options=["leave", "i want to die"])
    assert stage.case().urgency == "immediate"


def test_a_poll_and_a_sticker_are_answered_plainly(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    for send in (lambda: kayleigh.sends("poll"), lambda: kayleigh.sends("sticker")):
        before = kayleigh.bubbles()
        send()
        assert kayleigh.hears_since(before) == [words.ONLY_WORDS]
        assert words.NEED_HELP in kayleigh.buttons()
    assert stage.cases() == []
    assert [message.kind for message in stage.messages_kept()] == ["poll", "sticker"]


def test_an_album_is_one_case_and_one_answer_not_one_for_each_picture(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    kayleigh.joins_in()
    kayleigh_before, priya_before = kayleigh.bubbles(), priya.bubbles()
    kayleigh.sends("album", kinds=("photo", "video", "photo"))
    assert stage.case().messages == 3
    assert len({message.media["album"] for message in stage.messages_kept()}) == 1
    assert len(kayleigh.hears_since(kayleigh_before)) == 1
    assert len(priya.hears_since(priya_before)) == 1


def test_an_albums_caption_is_screened(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.sends("album", caption=SKINT)
    assert stage.case().urgency == "today"
    assert stage.case().messages == 2
    assert "children's hub" in kayleigh.sees()


def test_a_forwarded_message_is_screened_and_known_as_forwarded(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    number = kayleigh.says("a message of mine")
    stage.world.edit(kayleigh.id, kayleigh.id, number, AT_THE_END_OF_HER_ROPE)
    stage.world.updates.clear()
    stage.world.forward(kayleigh.id, kayleigh.id, number, kayleigh.id)
    stage.settle()
    assert stage.case().urgency == "immediate"
    assert stage.messages_kept()[-1].media == {"forwarded": True}


def test_words_quoted_in_an_answer_are_screened(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts()
    first = kayleigh.newest()
    raw(stage, kayleigh, text="this is me", quote={"text": "i want to die", "position": 0}, reply_to_message=None)
    assert stage.case().urgency == "immediate"
    assert first


@pytest.mark.parametrize(
    "content",
    [
        {"checklist": {"title": "tonight", "tasks": [{"id": 1, "text": "i want to die"}]}},
        {"checklist": {"title": "i want to die", "tasks": [{"id": 1, "text": "milk"}]}},
        {
            "rich_message": {
                "blocks": [{"type": "paragraph", "text": ["i want to ", {"type": "bold", "text": "die"}]}]
            }
        },
        {"game": {"title": "i want to die", "description": "", "photo": []}},
        {"paid_media": {"star_count": 1, "paid_media": []}, "caption": "i want to die"},
        {
            "poll": {
                "id": "1",
                "question": "which one",
                "options": [
                    {"persistent_id": "0", "text": "a", "voter_count": 0},
                    {"persistent_id": "1", "text": "b", "voter_count": 0},
                ],
                "total_voter_count": 0,
                "is_closed": False,
                "is_anonymous": True,
                "type": "quiz",
                "allows_multiple_answers": False,
                "allows_revoting": False,
                "members_only": False,
                "explanation": "i want to die",
            }
        },
    ],
    ids=["a task", "a checklist's title", "a rich message", "a game", "paid media", "a quiz's explanation"],
)
def test_words_of_newer_kinds_of_message_are_screened_too(
    stage: Stage, kayleigh: Phone, content: dict[str, Any]
) -> None:
    kayleigh.starts()
    raw(stage, kayleigh, **content)
    assert stage.case().urgency == "immediate"
    assert kayleigh.buttons() == [SAFE, NEED]


@pytest.mark.parametrize(
    "content",
    [
        {"story": {"chat": {"id": 7, "type": "private", "first_name": "Gaz"}, "id": 3}},
        {"live_photo": {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1}},
        {"video_note": {"file_id": "f", "file_unique_id": "u", "length": 1, "duration": 1}},
    ],
    ids=["a story", "a live photo", "a round video"],
)
def test_newer_kinds_of_picture_go_to_a_human(stage: Stage, kayleigh: Phone, content: dict[str, Any]) -> None:
    kayleigh.starts()
    raw(stage, kayleigh, **content)
    assert stage.case().kind == "media"
    assert "I'm a computer" in kayleigh.sees()


def test_a_message_of_an_unknown_kind_is_answered_plainly(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    raw(stage, kayleigh, dice={"emoji": "🎲", "value": 3})
    assert kayleigh.sees() == words.ONLY_WORDS


# edits


def test_an_edit_into_a_worry_is_a_worry_and_both_versions_are_kept(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    number = kayleigh.says("the baby is crying")
    kayleigh.edits(number, AT_THE_END_OF_HER_ROPE)
    assert stage.words_kept() == [AT_THE_END_OF_HER_ROPE]
    assert stage.earlier_versions() == ["the baby is crying"]
    assert stage.case().urgency == "immediate"
    assert "Never shake a baby" in kayleigh.sees()


def test_an_edit_that_takes_a_worry_back_takes_nothing_away_from_the_case(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts()
    number = kayleigh.says(AT_THE_END_OF_HER_ROPE)
    kayleigh.edits(number, "never mind")
    case = stage.case()
    assert case.urgency == "immediate"
    assert [flag.evidence["text"] for flag in stage.flags(case)] == [AT_THE_END_OF_HER_ROPE]
    assert stage.words_kept() == ["never mind"]
    assert stage.earlier_versions() == [AT_THE_END_OF_HER_ROPE]


def test_a_worry_edited_into_another_is_judged_anew(stage: Stage, kayleigh: Phone) -> None:
    number = kayleigh.says(SKINT)
    kayleigh.edits(number, "i want to die")
    case = stage.case()
    assert case.urgency == "immediate"
    assert [flag.version for flag in stage.flags(case)] == [1, 2]


def test_a_harmless_edit_is_not_answered(kayleigh: Phone) -> None:
    kayleigh.joins_in()
    number = kayleigh.says("helthy start card")
    before = kayleigh.bubbles()
    kayleigh.edits(number, "healthy start card")
    assert kayleigh.hears_since(before) == []


def test_an_edited_caption_is_screened(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    number = kayleigh.sends("photo", caption="the garden")
    assert stage.case().urgency == "review"
    kayleigh.edits(number, AT_THE_END_OF_HER_ROPE)
    assert stage.case().urgency == "immediate"
    assert stage.earlier_versions() == ["the garden"]


def test_every_edit_is_a_version(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    number = kayleigh.says("one")
    for text in ("two", "three", "four"):
        kayleigh.edits(number, text)
    assert stage.words_kept() == ["four"]
    assert stage.earlier_versions() == ["one", "two", "three"]


def test_pictures_and_edits_on_both_databases(stage_on_each: Stage) -> None:
    kayleigh = stage_on_each.phone(1001)
    kayleigh.joins_in()
    number = kayleigh.sends("photo", caption="the garden")
    kayleigh.edits(number, AT_THE_END_OF_HER_ROPE)
    case = stage_on_each.case()
    assert case.urgency == "immediate"
    assert case.messages == 2
    assert kayleigh.sees().startswith(plain("That sounds really hard"))
