"""The bot's own sentences. The pitch is set by docs/voice.md: warm, short, straight; one thing at a time.

Crisis cards and urgent help are not here: staff edit those (moderation/wording.py).
"""

from __future__ import annotations

COMMANDS = (
    ("help", "I need help now"),
    ("menu", "See what I can do"),
    ("guide", "What support is there"),
    ("talk", "Talk to a person"),
    ("group", "The parents' group"),
    ("privacy", "Who reads what you write"),
    ("stop", "Stop and keep nothing more"),
)

DESCRIPTION = (
    "I can show you what support there is for parents who grew up in care, and help you reach a real person. "
    "I'm a computer. People from the team read messages that worry us. "
    "This is not an emergency service: in danger, ring 999."
)
SHORT_DESCRIPTION = "Support for parents who grew up in care, and a way to a real person. In danger, ring 999."

HELLO = (
    "Hi, I'm {service}. I can show you what support there is, and help you reach a real person. "
    "Before we start, here's who can read what you write."
)

NOTICE = (
    "**Who reads it.** I'm a computer, and I look at every message for signs that somebody might get hurt. "
    "If something worries me, people from the team read it. They are there {hours}. I can't see pictures or "
    "hear recordings, so a person looks at those.\n\n"
    "**If somebody might be hurt**, a child or you, we may have to tell someone. We'll tell you first "
    "whenever we can.\n\n"
    "**What we keep.** If you say yes, we keep what you write here and in the parents' group, so the team "
    "can see what came before. If you say no, you can still use the guide and urgent help. "
    "Then we only keep what worries us, pictures and recordings, and what you send to the team.\n\n"
    "**This isn't a 999 line.** In danger, ring 999. If somebody is ill, ring 111.\n\n"
    "See this again with /privacy. Stop with /stop."
)
ASK = "Is that OK with you?"
YES, NO = "Yes, that's OK", "No, just show me the guide"

INVITED = "Your code works. It's good to have you here."
CODE_REFUSED = (
    "That code didn't work. It may be too old, or a letter may be wrong. Ask whoever gave it to you for a new "
    "one. You can still use the guide and urgent help."
)
STAFF_LINKED = (
    "This chat is now linked to your staff account. Alerts will come here, without anybody's words in them."
)

SAID_YES = "Thanks. What would you like to do?"
SAID_NO = (
    "That's fine. We won't keep what you write, unless something worries us or you send it to the team. "
    "What would you like to do?"
)
MENU = "What would you like to do?"

NEED_HELP, SUPPORT, TALK, GROUP, PRIVACY = (
    "I need help now",
    "What support is there",
    "Talk to a person",
    "The parents' group",
    "My privacy",
)
BACK, MENU_BUTTON, MORE, NEXT_PAGE, PAGE_BEFORE = "Back", "Menu", "More", "Next page", "Page before"

GUIDE = "**What support is there**\n\nPick one, or type what you need in your own words."
CATEGORY = "**{title}**\n\nPick one to read it."
ENTRY_GONE = "That page has changed or gone. Here's what there is now."
FOUND = "These might help:"
FOUND_ONE = "This might help:"
NOT_FOUND = "I haven't got a page on that. Do you want me to ask a person?"
ASK_A_PERSON = "Yes, ask a person"
NOT_THAT = "None of these, ask a person"

TALK_OPEN = (
    "**Talk to a person**\n\nWrite what you want to say and send it. A real person from the team will read it "
    "and write back here. The team keeps what you send.\n\n{promise}\n\n"
    "If it can't wait: 999 if somebody is in danger, NHS 111 if somebody is ill, Samaritans on 116 123 to talk."
)
JUST_WRITE_TO_ME = "Just ask them to write to me"
PASSED_ON = "I've passed that to the team. {promise}"
ADDED = "I've passed that on. The team will read it with the rest."

SAFE_HEARD = (
    "Glad you told me. I've put that down for the team. They'll still read what you wrote. "
    "If it changes, tap **I need somebody now** above, or ring 999."
)
NEED_HEARD = "I've marked this as urgent for the team. {promise}"

GROUP_NO_CODE = (
    "**The parents' group**\n\nYou need a code to join. Ask your personal adviser or support worker for one. "
    "Nobody to ask? Tap **Talk to a person** and tell us."
)
GROUP_NO_CONSENT = (
    "**The parents' group**\n\nI see what is written in the group, and the team reads some of it. So before you "
    "join I need your OK. Tap **My privacy** to see who reads what."
)
GROUP_NOT_YET = "**The parents' group**\n\nThe group isn't open yet. Please look here again another day."
GROUP_JOIN = (
    "**The parents' group**\n\nA place to talk with other parents who grew up in care. Please be kind, and keep "
    "names, addresses and photos of children out of it.\n\n"
    "I'm in the group and see every message. If something worries me, the team reads it. "
    "The team is there {hours}.\n\nTap to ask to join, and I'll let you in."
)
JOIN_BUTTON = "Ask to join"
JOINED = (
    "You're in. You don't have to say anything until you want to. I see every message in the group, and the team "
    "reads those that worry us."
)
JOIN_NEEDS_CODE = (
    "You asked to join the parents' group. You need a code first. Ask your personal adviser or support worker "
    "for one. Tap the link they give you, then ask to join again. The guide and urgent help are here for you now."
)
JOIN_NEEDS_CONSENT = (
    "You asked to join the parents' group. First I need your OK about who reads what. "
    "Say yes below, then ask again."
)
GROUP_NOTICE = (
    "Hi all. I'm {service}, a computer. I see every message in this group, whoever writes it. If one worries me, "
    "people from the team read it. They are there {hours}. This isn't a 999 line: in danger, ring 999.\n\n"
    "Please keep names, addresses, phone numbers and photos of children out of the group. "
    "To talk in private, write to me: I can show you what support there is, or get you a real person."
)
GROUP_LINKED = "This is now the parents' group."
GROUP_LINK_REFUSED = "That code does not link a group. An administrator can make a new one in the console."

PRIVACY_YES = "You said yes to this."
PRIVACY_NO = "You said no. We only keep what worries us, pictures and recordings, and what you send to the team."
PRIVACY_UNASKED = "You have not said yes or no yet."
PRIVACY_ENDED = "You stopped. We keep nothing more, unless something worries us or you send it to the team."
STOP_BUTTON = "Stop and keep nothing more"
STOPPED = (
    "OK, I've stopped. From now on we keep nothing you write, unless something worries us or you send it to the "
    "team. This doesn't delete what we kept before. To ask about that, tap **Talk to a person**. "
    "The guide and urgent help still work.\n\n"
    "If you're in the parents' group, I still see what is written there. You can leave it any time."
)

ONLY_WORDS = "I can only read words. Type what you need, or pick one of these."
OLD_BUTTON = "That button is from before. Here's what I can do now."
THANKS = "Glad that helped. I'm here if you need me."
HELLO_AGAIN = "Hi. What would you like to do?"
UNKNOWN_COMMAND = "I don't know that one. Here's what I can do."
