"""A message in another language goes to a person; dialect, slips and names are English."""

from __future__ import annotations

import pytest

from moderation.screening import Urgency, bank
from moderation.screening.judge import screen
from moderation.screening.language import not_english

FOREIGN = [
    "dziękuję bardzo za ubranka",
    "moj maz mnie bije",
    "chcę umrzeć",
    "on mnie uderzyl wczoraj przy dzieciach",
    "vreau sa mor",
    "sotul meu ma loveste",
    "nu am unde sa stau cu copilul",
    "Bore da pawb, bwrw glaw eto",
    "я больше не могу",
    "Доброго дня, підкажіть, де безкоштовний курс англійської?",
    "زوجي يضربني",
    "ਮੇਰਾ ਪਤੀ ਮੈਨੂੰ ਮਾਰਦਾ ਹੈ",
    "我想死",
    "mi marido me pega",
    "mon mari me frappe",
    "não aguento mais",
    "ölmek istiyorum",
    "vyras mane muša prie vaikų",
    "burri im me rreh",
    "mera shohar mujhe maarta hai",
]
OURS = [
    "hoos ta gaan on marra, ista gaan yam or stoppin for a brew",
    "haud yer wheesht ya daftie, ye'll wake the wean",
    "lal lad's garn to skyeul monday, aa's that chuffed",
    "deek at that sunset ower Criffel, barie",
    "jkdfhgkjdhfgkj sorry bairn got the phone",
    "ggggggggggggg",
    "asdfghjkl;",
    "Agnieszka Kowalczyk x",
    "hej sorry my english not perfect, where i find form for the 15 hours",
    "wagwan fam man's tired innit",
    "k",
    "",
    "😂😂😂",
    "07700 900123",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_recognised(text: str) -> None:
    assert not_english(text)


@pytest.mark.parametrize("text", OURS)
def test_english_in_any_coat_is_english(text: str) -> None:
    assert not not_english(text)


def test_no_english_message_of_the_bank_or_the_suite_is_sent_away() -> None:
    examples = [*bank.load(), *bank.load(bank.packaged("suite")), *bank.load(bank.packaged("setting"))]
    ours = [one for one in examples if one.family not in ("language", "typo", "obfuscated")]
    assert [one.text for one in ours if not_english(one.text)] == []


def test_it_is_never_passed_as_harmless() -> None:
    found = screen("dziękuję bardzo za ubranka")
    assert (found.urgency, found.unread) == (Urgency.TODAY, "language")
