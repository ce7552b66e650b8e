"""Letters about the safety of somebody's account: always sent, so that nothing happens behind their back. Pure."""

from __future__ import annotations

from app.mail.kinds import Kind
from app.mail.letters import Letter, Reader
from ledger.types import Act


def notice(to: Reader, key: str, subject: str, what: str) -> Letter:
    """Return a letter about something that happened to an account."""
    return Letter(
        Kind.SECURITY,
        key,
        None,
        subject,
        (
            what,
            to.words.say(
                "If this was not meant to happen, sign out everywhere on your settings page, and tell an administrator."
            ),
        ),
        to.words.say("You get this because it is about the safety of your account; it can't be stopped."),
        "/settings",
        to.words.say("Open my settings"),
    )


def address_changed(to: Reader, act: Act) -> Letter:
    """Return what the old address is told."""
    what = to.words.say("Since {when}, letters to you go to another address.", when=to.time(act.now))
    return notice(to, f"address_changed:{to.account}:{act.at}", to.words.say("Your e-mail address was changed"), what)


def link_made(to: Reader, digest_key: str, by: str, at: int) -> Letter:
    """Return what somebody is told of a link to their account that somebody else made."""
    what = to.words.say(
        "On {when}, {name} made a link that signs in as you. It works once. You should have had it from them.",
        when=to.time(at),
        name=by,
    )
    return notice(to, digest_key, to.words.say("Somebody made a sign-in link for you"), what)


def role_given(to: Reader, key: str, role: str, until: int) -> Letter:
    """Return what somebody is told of a role that they have now."""
    what = to.words.say("You now have the role {role}, until {when}.", role=role, when=to.time(until))
    return notice(to, key, to.words.say("You have a new role"), what)


def passkey_added(to: Reader, key: str, at: int) -> Letter:
    """Return what somebody is told of a new passkey."""
    what = to.words.say("A passkey was added on {when}. Whoever has it can sign in as you.", when=to.time(at))
    return notice(to, key, to.words.say("A passkey was added to your account"), what)
