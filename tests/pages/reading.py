"""Reading a page as a browser would: its forms with what is in them, its links, its words, its scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Form:
    """A form: where it goes, and the fields that a browser would send if nothing were typed."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)

    def filled(self, **typed: str | list[str]) -> dict[str, list[str]]:
        """What is sent once `typed` was typed; a name that the form does not have is an error."""
        unknown = set(typed) - self.names
        assert not unknown, f"the form {self.action} has no {unknown}, it has {self.names}"
        sent = {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
        return {**self.fields, **sent}


class Page(HTMLParser):
    """One page, taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.wants_label: list[str] = []
        self.headings: list[str] = []
        self.marks: list[str] = []
        self.troubles: list[str] = []
        self.title = ""
        self._open: list[str] = []
        self._words: list[str] = []
        self._select = ""
        self._area: list[str] | None = None
        self.feed(text)
        self.close()
        if self._open:
            self.troubles.append(f"never closed: {self._open}")

    @property
    def words(self) -> str:
        """All that can be read on the page, in one line."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The form that goes to `action`, or has a button that does."""
        found = [one for one in self.forms if one.action == action or action in one.actions]
        assert len(found) == 1, f"{len(found)} forms go to {action}: {[one.action for one in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        if tag not in VOID:
            self._open.append(tag)
        if "style" in given or tag == "style":
            self.troubles.append(f"inline style on {tag}")
        self.troubles += [f"{name} on {tag}" for name in given if name.startswith("on")]
        if tag == "script" and "src" not in given and "nonce" not in given:
            self.troubles.append("a script inside the page")
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in {"script", "link"}:
            self.resources.append(given.get("src") or given.get("href", ""))
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        if tag in {"h1", "h2", "mark", "title"}:
            self._words.append("\n")
        self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text" if tag == "input" else tag)
        if (
            tag in {"input", "textarea", "select"}
            and kind not in {"hidden", "submit"}
            and "aria-hidden" not in given
        ):
            self.wants_label.append(given.get("id", f"{tag} without id"))
        if not self.forms or "form" not in self._open:
            return
        form, name = self.forms[-1], given.get("name", "")
        if "formaction" in given:
            form.actions.add(given["formaction"])
        if tag == "option" and self._select and "selected" in given:
            form.fields[self._select] = [given.get("value", "")]
        if not name:
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
            form.fields.setdefault(name, [])
        elif tag == "textarea":
            self._area = []
            form.fields[name] = [""]
        elif tag == "input" and kind not in {"checkbox", "radio"}:
            form.fields[name] = [given.get("value", "")]
        elif tag == "input" and "checked" in given:
            form.fields.setdefault(name, []).append(given.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.troubles.append(f"</{tag}> closes {self._open[-3:]}")
        while self._open and self._open.pop() != tag:
            pass
        if tag == "textarea" and self._area is not None:
            form = self.forms[-1]
            last = [name for name in form.fields if form.fields[name] == [""]][-1]
            form.fields[last] = ["".join(self._area)]
            self._area = None
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
        inside = self._open[-1] if self._open else ""
        if inside == "title":
            self.title += data
        elif "h1" in self._open:
            self.headings.append(data)
        if inside == "mark":
            self.marks.append(data)
        if inside not in {"script", "style", "title"}:
            self._words.append(data)
