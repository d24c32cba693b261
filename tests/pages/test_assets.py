"""The borrowed files: pinned by hash, from no recorded address, fetched once, and no crown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from admin_api import assets_setup
from admin_api.web import Web
from tests.conftest import cannot
from tests.pages.conftest import Browser

ROOM = Path(assets_setup.__file__).parent


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    text = (ROOM / "assets" / "package-lock.json").read_text("utf-8")
    assert "http" not in text
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert packages
    for name, one in packages.items():
        assert one["integrity"].startswith("sha512-"), name
    assert packages["node_modules/govuk-frontend"]["version"] == assets_setup.wanted()


def test_what_is_there_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(arguments: Sequence[str]) -> None:
        raise AssertionError("npm was started")

    monkeypatch.setattr(assets_setup, "_npm", fetched)
    monkeypatch.setattr(assets_setup, "present", assets_setup.wanted)
    assert assets_setup.set_up() is False
    monkeypatch.setattr(assets_setup, "present", lambda: None)
    with pytest.raises(AssertionError):
        assets_setup.set_up()


def test_half_of_it_is_not_taken_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets_setup, "PACKAGE", tmp_path)
    monkeypatch.setattr(assets_setup, "GOVUK", tmp_path / "dist")
    assert assets_setup.present() is None
    (tmp_path / "package.json").write_text('{"version": "6.3.0"}')
    assert assets_setup.present() is None
    (tmp_path / "package.json").write_text("{")
    assert assets_setup.present() is None


def test_they_are_served_and_the_crown_is_not_used(stranger: Browser, with_guide: Web) -> None:
    if assets_setup.present() is None:
        cannot("the GOV.UK Frontend files are not here: run `make assets`")
    for page in (stranger.get("/guide"), stranger.get("/sign-in")):
        for address in page.resources:
            assert stranger.inner.get(address).status_code == 200, address
        for word in ("GOV.UK", "crown", "logotype", "crest"):
            assert word not in page.source
