"""`make screenshots`: the pictures in docs/pictures, taken from a real run of the rehearsal."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.e2e.stage import CHROMIUM_FLAGS, Phone, Stage, chromium

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WORRY = "she wont stop crying, ive been up since 3 and i cant take it any more"


def main() -> None:
    path = chromium()
    if path is None:
        sys.exit("There is no Chromium on this machine.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder)) as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        phones = browser.new_context(viewport={"width": 1400, "height": 860}).new_page()
        phones.goto(stage.printed("Phones"))
        console = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        console.goto(stage.printed("Sign in, once"))
        console.get_by_role("main").get_by_role("button").click()
        console.wait_for_url("**/cases")
        _play(phones, stage)
        console.get_by_role("link", name="A carer about to lose control").first.wait_for()
        console.screenshot(path=PICTURES / "queue.png")
        console.get_by_role("link", name="A carer about to lose control").first.click()
        console.get_by_role("button", name="Take this case").click()
        console.screenshot(path=PICTURES / "console.png")
        console.get_by_label("Reply", exact=False).first.fill(
            "Hi Kayleigh, it's Priya from the team. You did right to write. Shall I ring you now?"
        )
        console.get_by_role("button", name="Send").click()
        Phone(phones, "Kayleigh").sees("Shall I ring you now?")
        phones.screenshot(path=PICTURES / "phones.png")
        console.goto(stage.printed("Published guide"))
        console.screenshot(path=PICTURES / "guide.png")
        browser.close()
    sys.stdout.write(f"Pictures are in {PICTURES}\n")


def _play(phones: Any, stage: Stage) -> None:
    """Three parents: one at the end of her rope, one reading the guide, one asking for help now."""
    kayleigh, dean, shaz = (Phone(phones, name) for name in ("Kayleigh", "Dean", "Shaz"))
    kayleigh.start()
    kayleigh.taps("Yes, that's OK")
    kayleigh.sees("What would you like to do?")
    dean.opens_code(stage.printed("Invite code"))
    dean.taps("Yes, that's OK")
    dean.taps("What support is there")
    dean.taps("Money and benefits")
    dean.taps("£500 Sure Start Maternity Grant")
    dean.sees("Last checked")
    shaz.start()
    shaz.taps("I need help now")
    shaz.sees("What is happening?")
    kayleigh.says(WORRY)
    kayleigh.sees("Never shake a baby")


if __name__ == "__main__":
    main()
