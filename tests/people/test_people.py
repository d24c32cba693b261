"""People: who somebody is, what they agreed to, what is kept of what they wrote, and the group they are in."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from core import outbox
from core.database import Database
from core.models import OutboxItem
from core.sealing import Sealed
from people import conversations, messages
from people import service as people
from people.models import Conversation, ConversationAlias, Message, Person
from tests.conftest import TestClock
from tests.factories import GROUP, message, parent, parents_group
from tests.waiting import at_once


class TestMeeting:
    def test_somebody_new_has_agreed_to_nothing(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = people.meet(session, "telegram", 1001, "Kayleigh", clock.now())
            assert (person.consent, person.started, person.reachable, person.awaiting) == (
                "unasked",
                False,
                True,
                None,
            )

    def test_the_same_address_is_the_same_person_under_their_newest_name(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            first = people.meet(session, "telegram", 1001, "Kayleigh", clock.now()).id
        with database.unit() as session:
            assert people.meet(session, "telegram", "1001", "Kay", clock.now()).id == first
            assert people.meet(session, "telegram", 1001, "", clock.now()).name.reveal() == "Kay"
        with database.reading() as session:
            found = people.get_person(session, first)
            assert found is not None
            assert found.name.reveal() == "Kay"

    def test_the_same_number_on_another_channel_is_somebody_else(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            one = people.meet(session, "telegram", 1001, "Kayleigh", clock.now())
            other = people.meet(session, "whatsapp", 1001, "Kayleigh", clock.now())
            assert one.id != other.id
            assert people.lane("telegram", 1001) != people.lane("whatsapp", 1001)

    def test_met_twice_at_the_same_moment_they_are_one_person(self, database: Database, clock: TestClock) -> None:
        def meet() -> int:
            with database.unit() as session:
                person = people.meet(session, "telegram", 1001, "Kayleigh", clock.now())
                conversations.private(session, person, clock.now())
                return person.id

        assert len(set(at_once(*[meet] * 4))) == 1
        with database.reading() as session:
            assert len(session.scalars(select(Person)).all()) == 1
            assert len(session.scalars(select(Conversation)).all()) == 1


class TestConsent:
    @pytest.mark.parametrize(("agreed", "consent"), [(True, "yes"), (False, "no")])
    def test_the_answer_to_the_notice_is_kept_with_its_time(
        self, database: Database, clock: TestClock, agreed: bool, consent: str
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now(), agreed=False)
            people.expect(session, person, "talk")
            people.answer_notice(session, person, agreed, clock.now())
        with database.reading() as session:
            found = session.scalars(select(Person)).one()
            assert (found.consent, found.consent_at, found.awaiting) == (consent, clock.now(), None)

    def test_stop_ends_it_at_once_and_a_new_yes_begins_it_again(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            people.expect(session, person, "talk")
            people.withdraw(session, person, clock.move(days=1))
            assert (person.consent, person.consent_at, person.awaiting) == ("ended", clock.now(), None)
            people.answer_notice(session, person, True, clock.move(days=1))
            assert (person.consent, person.consent_at) == ("yes", clock.now())

    def test_being_unreachable_is_news_once_until_they_press_start_again(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            assert people.mark_unreachable(session, person)
            assert not people.mark_unreachable(session, person)
            people.start(session, person)
            assert person.reachable
            assert people.mark_unreachable(session, person)


class TestMessages:
    def test_one_that_comes_twice_is_kept_once(self, database: Database, clock: TestClock) -> None:
        for _ in range(2):
            with database.unit() as session:
                person = parent(session, clock.now())
                chat = conversations.private(session, person, clock.now())
                messages.keep(session, chat, person, message("hello", clock.now(), number=5), clock.now())
        with database.reading() as session:
            kept = session.scalars(select(Message)).one()
            assert (kept.text.reveal(), kept.version, kept.author, kept.remote_id) == ("hello", 1, "person", 5)

    def test_every_edit_keeps_what_was_said_before(self, database: Database, clock: TestClock) -> None:
        said: list[tuple[str, datetime]] = []
        for words in ("he hit me", "he hit me", "he helped me", "never mind"):
            with database.unit() as session:
                person = parent(session, clock.now())
                chat = conversations.private(session, person, clock.now())
                messages.keep(session, chat, person, message(words, clock.now(), number=5), clock.move(minutes=1))
        with database.reading() as session:
            kept = session.scalars(select(Message)).one()
            earlier = messages.earlier_versions(session, [kept])[kept.id]
            said = [(version.text.reveal(), version.until) for version in earlier]
            assert (kept.text.reveal(), kept.version) == ("never mind", 3)
            assert [words for words, _ in said] == ["he hit me", "he helped me"]
            assert [until for _, until in said] == sorted(until for _, until in said)
            assert [version.version for version in earlier] == [1, 2]

    def test_what_was_sent_along_is_kept_by_reference(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            chat = conversations.private(session, person, clock.now())
            photo = messages.Received(5, "photo", "our kid", clock.now(), {"file_id": "AgAC"})
            kept = messages.keep(session, chat, person, photo, clock.now())
            session.flush()
            number = kept.id
        with database.reading() as session:
            found = messages.get(session, number)
            assert found is not None
            assert (found.kind, found.media, found.text) == ("photo", {"file_id": "AgAC"}, Sealed("our kid"))

    def test_the_same_number_in_two_chats_is_two_messages(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            for chat in (conversations.private(session, person, clock.now()), parents_group(session, clock.now())):
                messages.keep(session, chat, person, message("hello", clock.now(), number=5), clock.now())
                assert messages.known(session, chat, 5) is not None
                assert messages.known(session, chat, 6) is None
        with database.reading() as session:
            assert len(session.scalars(select(Message)).all()) == 2

    def test_the_conversation_around_a_message_is_its_neighbours_in_order(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            chat = conversations.private(session, person, clock.now())
            for number in range(1, 8):
                messages.keep(
                    session, chat, person, message(f"m{number}", clock.now(), number=number), clock.now()
                )
                session.flush()
            messages.keep_ours(session, chat, person.id, "service", "from the team", clock.now())
            session.flush()
            middle = messages.known(session, chat, 4)
            assert middle is not None
            around = messages.around(session, middle, most=2)
            assert [one.text.reveal() for one in around] == ["m2", "m3", "m4", "m5", "m6"]
            last = messages.around(session, messages.get(session, middle.id + 4) or middle)
            assert [(one.author, one.text.reveal()) for one in last][-1] == ("service", "from the team")

    def test_one_taken_out_of_the_group_stays_as_it_was(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            kept = messages.keep(
                session, parents_group(session, clock.now()), person, message("a", clock.now()), clock.now()
            )
            messages.mark_removed(session, kept, clock.move(minutes=1))
        with database.reading() as session:
            found = session.scalars(select(Message)).one()
            assert (found.removed_at, found.text.reveal()) == (clock.now(), "a")


class TestTheGroup:
    def test_is_the_one_linked_last(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            assert conversations.linked_group(session) is None
            first = parents_group(session, clock.now(), -100)
            second = parents_group(session, clock.now(), -200)
            assert conversations.linked_group(session) is second
            assert conversations.group(session, "telegram", -100) is None
            assert parents_group(session, clock.now(), -200) is second
            assert parents_group(session, clock.now(), -100) is first
            assert conversations.linked_group(session) is first

    def test_a_chat_with_one_person_is_never_the_group(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            conversations.private(session, person, clock.now())
            assert conversations.group(session, "telegram", 1001) is None

    def test_under_a_new_id_is_the_same_group_and_is_found_by_the_old_one(
        self, database: Database, clock: TestClock
    ) -> None:
        new = -1_001_234_567_890
        with database.unit() as session:
            group = parents_group(session, clock.now())
            conversations.note_invite_link(session, group, "https://t.me/+old")
            outbox.put(
                session,
                channel="telegram",
                lane=people.lane("telegram", GROUP),
                to=GROUP,
                what=outbox.Say("Welcome"),
                at=clock.now(),
            )
            number = group.id
        for _ in range(2):
            with database.unit() as session:
                conversations.move_group(session, "telegram", GROUP, new)
        with database.reading() as session:
            for address in (GROUP, new):
                found = conversations.group(session, "telegram", address)
                assert found is not None
                assert (found.id, found.address.reveal(), found.invite_link) == (number, str(new), None)
            item = session.scalars(select(OutboxItem)).one()
            assert (outbox.opened(item)[0], item.lane) == (new, people.lane("telegram", new))
            assert len(session.scalars(select(ConversationAlias)).all()) == 1

    def test_moves_a_second_time_and_both_old_ids_still_find_it(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            number = parents_group(session, clock.now(), -1).id
            conversations.move_group(session, "telegram", -1, -2)
            conversations.move_group(session, "telegram", -2, -3)
        with database.reading() as session:
            found = [conversations.group(session, "telegram", address) for address in (-1, -2, -3)]
            assert [group.id if group else None for group in found] == [number] * 3

    def test_a_move_of_a_chat_nobody_knows_changes_nothing(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            conversations.move_group(session, "telegram", -8, -9)
            assert session.scalars(select(Conversation)).all() == []

    def test_knows_where_each_person_stands(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            group = parents_group(session, clock.now())
            kayleigh, dean = parent(session, clock.now(), 1001), parent(session, clock.now(), 1002, "Dean")
            assert conversations.standing(session, group, kayleigh) is None
            for state in ("asked", "member"):
                conversations.set_standing(session, group, kayleigh, state, clock.move(minutes=1))
            conversations.set_standing(session, group, dean, "refused", clock.move(minutes=1))
            assert conversations.standing(session, group, kayleigh) == "member"
            assert conversations.count_members(session, group) == 1
            assert [(person.id, one.state) for person, one in conversations.members(session, group)] == [
                (dean.id, "refused"),
                (kayleigh.id, "member"),
            ]

    def test_knows_what_the_bot_may_do(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            group = parents_group(session, clock.now())
            conversations.note_rights(session, group, {"can_delete_messages": True})
        with database.reading() as session:
            found = conversations.linked_group(session)
            assert found is not None
            assert found.rights == {"can_delete_messages": True}
