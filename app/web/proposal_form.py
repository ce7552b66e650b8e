"""The form of a proposal: a title, a text in answers to questions, and what happens if it passes; new or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.motions import check_motions
from app.people.roles import Role
from app.web import motion_forms, policy_words, starts
from app.web.asked_fields import text_in
from app.web.forms import still
from app.web.member import today_of
from app.web.motion_forms import About
from app.web.motion_words import set_words
from app.web.rule_words import in_short
from app.web.site import Here
from app.web.starts import Start, start_of
from governance import proposals
from governance.differences import changed_fields
from governance.policies import rules_in_force
from governance.proposals import Content
from governance.records import Proposal, ProposalKind, Version
from ledger.errors import Invalid, NotFound, Refusal
from ledger.types import Json

MOST_SECTIONS = 12
AT_FIELD = {"text": "say-0", "motions": "effect", "value": "effect", "key": "effect", "author": "title"}
"""Field of a deed to the form's field where its refusal is told."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that is open.

    Attributes:
        path: Where it is sent.
        made: The proposal that is changed; None for a new one.
        last: Its newest version.
        current: What a change meanwhile is noticed by.
    """

    path: str
    about: About
    made: Proposal | None
    last: Version | None
    current: str

    @property
    def kind(self) -> ProposalKind:
        """The kind of proposal."""
        return self.about.kind


def new(db: Session, here: Here, start: str) -> Opened:
    """Return the form of something new.

    Raises:
        NotFound: There is no such beginning, or it is for others.
    """
    if start not in {one.value for one in Start} - {Start.AS_IT_IS.value}:
        raise NotFound("There is no such form.")
    chosen = Start(start)
    if chosen is Start.GRANTS and here.role not in {Role.STEWARD, Role.BOARD}:
        # drafted grants name whom they are for, and nobody has been promised anything
        raise NotFound("There is no such form.")
    asked = here.form.get("about", here.query.get("about", ""))
    about = motion_forms.about(db, here, chosen, asked=asked)
    return Opened(f"/decisions/new/{chosen.value}", about, None, None, about.version)


def change(db: Session, here: Here, proposal: str) -> Opened:
    """Return the form of a proposal of one's own that is to be changed.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    made = proposals.find(db, proposal)
    if made.author != here.me:
        raise NotFound(f"There is no proposal {proposal!r} of yours.", field="proposal")
    last = proposals.version(db, proposal)
    start = start_of(made.kind, last.motions)
    if start is Start.GRANTS and here.role not in {Role.STEWARD, Role.BOARD}:
        start = Start.AS_IT_IS
    path = f"/decisions/{proposal}/edit"
    if start is Start.AS_IT_IS:
        return Opened(path, About(start, made.kind), made, last, str(last.number))
    motion = dict(last.motions[0]) if last.motions else {"options": last.options}
    about = motion_forms.about(db, here, start, motion=motion)
    return Opened(path, about, made, last, f"{last.number}/{about.version}")


def form_values(db: Session, here: Here, of: Opened) -> dict[str, Any]:
    """Return what the form's template shows."""
    rules = rules_in_force(db, of.kind, today_of(db, here))
    asked = motion_forms.blocks(db, here, of.about)
    return {
        "of": of,
        "name": starts.name(of.about.start, here.words),
        "about": policy_words.name_of(of.about.key, here.words, motion_forms.newest(db, of.about))
        if of.about.start in {Start.SHARING, Start.DOCUMENT, Start.RULE} and not of.about.key.endswith(".")
        else "",
        "example": starts.example(of.about.start, here.words),
        "title": "" if of.last is None else of.last.title,
        "sections": _sections(here, of),
        "blocks": asked,
        "needs": in_short(rules, here.words),
        "rules": rules,
        "for_board": here.role is Role.BOARD and of.made is None,
        "repeals": _repealed(db, here, of),
        "changed": _changed_since(db, here, of),
    }


def _sections(here: Here, of: Opened) -> list[tuple[str, str]]:
    """Return questions and answers: those that were sent, else of the last version, else none answered."""
    if "heading-0" in here.form:
        count = sum(f"heading-{at}" in here.form for at in range(MOST_SECTIONS))
        return [(here.form.get(f"heading-{at}", ""), here.form.get(f"say-{at}", "")) for at in range(count)]
    if of.last is None:
        return [(question, "") for question in starts.questions(of.about.start, here.words)]
    return answered(of.last.text)


def answered(text: str) -> list[tuple[str, str]]:
    """Return a text as questions and answers; with no question where it has none, or too many."""
    parts = text.split("\n\n")
    if not parts[0].startswith("## ") or sum(part.startswith("## ") for part in parts) > MOST_SECTIONS:
        return [("", text)]
    found: list[tuple[str, list[str]]] = []
    for part in parts:
        if part.startswith("## "):
            heading, _, rest = part[3:].partition("\n")
            found.append((heading, [rest] if rest else []))
        else:
            found[-1][1].append(part)
    return [(heading, "\n\n".join(said)) for heading, said in found]


def _repealed(db: Session, here: Here, of: Opened) -> tuple[str, str] | None:
    id = here.form.get("repeals", here.query.get("repeals", "")) if of.made is None else of.made.repeals
    if not id:
        return None
    return proposals.shown(db, id).id, proposals.version(db, id).title


def _changed_since(db: Session, here: Here, of: Opened) -> list[str]:
    """Return what has changed in the policy since the last version was written, in sentences."""
    expected = of.about.motion.get("expected_version")
    return [] if expected is None else set_words(db, of.about.key, int(expected), here.words)


def check_still(db: Session, here: Here, of: Opened) -> None:
    """Refuse a form that was filled in while what it is about has changed, and say what has.

    Raises:
        Conflict: It has.
    """
    seen = here.form.get("seen", of.current)
    if seen == of.current:
        return
    told: list[str] = []
    if of.last is not None and seen.partition("/")[0] != str(of.last.number):
        told.append(
            here.words.say("This proposal was changed meanwhile: it is at version {number} now.", number=of.last.number)
        )
        told += _fields_changed(db, here, of, seen.partition("/")[0])
    version = seen.rpartition("/")[2]
    if of.about.key and version.isdecimal() and version != of.about.version:
        told += set_words(db, of.about.key, int(version), here.words)
    elif of.about.start is Start.POOL:
        told.append(here.words.say("The pool has another size now than when you opened this form."))
    told.append(here.words.say("What you wrote is kept. Look at it again, then send it again."))
    still(here, of.current, " ".join(told))


def _fields_changed(db: Session, here: Here, of: Opened, seen: str) -> list[str]:
    assert of.made is not None
    assert of.last is not None
    before = [one for one in proposals.versions(db, of.made.id) if str(one.number) == seen]
    if not before:
        return []
    old, new_ = before[0], of.last
    told = []
    if old.title != new_.title:
        told.append(here.words.say("Its title is “{title}” now.", title=new_.title))
    if old.text != new_.text:
        told.append(here.words.say("Its text is another one."))
    if changed_fields({"motions": old.motions}, {"motions": new_.motions}):
        told.append(here.words.say("What happens if it passes is something else."))
    return told


def content_in(db: Session, here: Here, of: Opened) -> Content:
    """Return what the form says, checked as far as it can be before it counts.

    Raises:
        Refusal: A field can't be read, or what is proposed can never be carried out; the field is the form's.
    """
    title = text_in(here, "title")
    sections = [(text_in(here, f"heading-{at}"), text_in(here, f"say-{at}")) for at in range(MOST_SECTIONS)]
    if not title:
        raise Invalid(here.words.say("Give it a title."), field="title")
    if not sections[0][1]:
        raise Invalid(here.words.say("Answer this one at least."), field="say-0")
    text = "\n\n".join(f"## {heading}\n\n{said}" if heading else said for heading, said in sections if said)
    try:
        content = _with_effect(db, here, of, title, text)
        check_motions(db, of.kind, content)
    except Refusal as refusal:
        raise at_field(refusal) from None
    return content


def _with_effect(db: Session, here: Here, of: Opened, title: str, text: str) -> Content:
    if of.about.start is Start.AS_IT_IS:
        assert of.last is not None
        options = {one["key"]: one["title"] for one in of.last.options}
        return Content(title, text, of.last.motions, options or None, of.last.seats)
    does = motion_forms.effect(db, here, of.about)
    motions: tuple[Mapping[str, Json], ...] = does.motions
    return Content(title, text, motions, does.options or None, does.seats)


def at_field(refusal: Refusal) -> Refusal:
    """Return a refusal of a deed with the form's field in place of the deed's."""
    refusal.field = AT_FIELD.get(refusal.field or "", refusal.field)
    return refusal


def kept(here: Here) -> list[tuple[str, str]]:
    """Return all that was written, to be carried on from step to step."""
    return [
        (name, value) for name, all_of in here.lists.items() for value in all_of if name not in {"form_key", "more"}
    ]
