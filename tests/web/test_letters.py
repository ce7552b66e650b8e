"""Letters from what happened to the mailbox, over a real mail server: who gets them, in which words, how they stop."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy.orm import Session

from app import voting, worker
from app.mail import postman, queue, writing
from app.mail.kinds import OF_MEMBERS, Choice, Digest, Topic
from app.mail.readers import house_of
from app.mail.sending import Post, Tls
from app.mail.troubles import Trouble
from app.people import accounts, address_changes, preferences, roles, stated
from app.people.roles import Role
from app.people.stated import TaxKind
from governance import proposals
from governance.notices import Dates
from governance.proposals import Content
from governance.records import ProposalKind
from ledger import journal
from ledger.equity.values import Holder, Plan
from ledger.members import MemberClass
from ledger.reading import every, find
from ledger.types import Act
from tests import make
from tests.mailbox import SENDER, Mailbox, html_of, link_in, mailbox, text_of
from tests.web.acting import acting
from tests.web.browser import Site

ANA, BO, CY = "ana@example.org", "bo@example.org", "cy@example.org"
TITLE = "Should the help desk answer on Sundays?"
ANNOUNCED = datetime(2026, 3, 2, 16, tzinfo=UTC)
OPEN = datetime(2026, 3, 10, 15, tzinfo=UTC)
SOON = datetime(2026, 3, 16, 15, tzinfo=UTC)
OVER = datetime(2026, 3, 18, 15, tzinfo=UTC)


def post_to(box: Mailbox) -> Post:
    return Post("127.0.0.1", box.port, Tls.NEVER, None, None, SENDER)


def rounds(site: Site, box: Mailbox) -> int:
    """What the service does by itself at this moment: what is due of votes, then letters."""
    act = Act(worker.ACTOR, worker.AUTHORITY, site.moments[0])
    voting.carry_on_all(site.runner.run, act)
    return postman.go_round(site.runner, post_to(box), "https://vestry.test", lambda: site.moments[0])


def cast(site: Site, vote: str, member: str, choice: str) -> None:
    """Let a member vote."""
    site.runner.run(voting.cast, Act(member, "role:member", site.moments[0]), vote, member, choice)


def account_of(site: Site, holder: str) -> str:
    found = site.runner.read(accounts.account_of_holder, holder)
    assert found is not None
    return found.id


@pytest.fixture
def people(mailing: Site) -> dict[str, str]:
    """Three members with addresses, one of them reads Spanish in Los Angeles; address to holder."""

    def deed(db: Session) -> dict[str, str]:
        make.company(db)
        make.plan(db)  # from the first member on, plans are theirs
        found = {ANA: make.member(db), BO: make.member(db), CY: make.member(db, MemberClass.STEWARD)}
        house = house_of(db, "https://vestry.test")
        for address, holder in found.items():
            made = accounts.create_account(db, mailing.act(), holder=holder)
            address_changes.set_address(db, mailing.act(), house, made.id, address)
            preferences.choose_letters(db, made.id, {}, Digest.OFF)
            if address == ANA:
                preferences.choose_reading(db, made.id, language="es", zone="America/Los_Angeles")
        return found

    return mailing.runner.run(deed)


@pytest.fixture
def vote(mailing: Site, people: dict[str, str]) -> str:
    """A vote that opens on 10 March and closes on 17 March, after the clocks went forward."""

    def deed(db: Session) -> str:
        act = Act(people[CY], "role:member", ANNOUNCED)
        said = Content(TITLE, "Some of us see clients then.")
        made = voting.put_forward(db, act, ProposalKind.ADVISORY, said, author=people[CY], board_ref="board:2026-01")
        rules = voting.rules_today(db, made.id, ANNOUNCED)
        proposals.publish(db, act, made.id, author=people[CY], rules=rules, on=ANNOUNCED.date())
        opens, closes = datetime(2026, 3, 10, 9), datetime(2026, 3, 17, 18)
        voting.announce(db, act, made.id, Dates(date(2026, 3, 4), opens, closes, "America/New_York"))
        return made.id

    return mailing.runner.run(deed)


def test_a_vote_opens_and_everybody_on_the_roll_hears_of_it_once_in_their_own_words(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    assert rounds(mailing, post) == 3
    [letter] = post.to(ANA)
    assert letter["Subject"] == f"Votación: {TITLE}"
    assert "hasta el mar 17 mar 2026, 3:00" in text_of(letter)
    assert "PDT" in text_of(letter)
    assert "Recibes esto porque" in text_of(letter)
    assert '<html lang="es">' in html_of(letter)
    [other] = post.to(BO)
    assert "6:00 PM EDT" in text_of(other)
    # the link leads to the ballot
    page = mailing.browser(people[BO]).see(link_in(other, "/decisions/"))
    assert TITLE in page
    assert "Review my vote" in page
    # nobody is written to twice, whoever goes round
    with mailbox() as elsewhere:
        assert rounds(mailing, elsewhere) == 0
    assert rounds(mailing, post) == 0


def test_only_who_has_not_voted_is_reminded_and_once(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    rounds(mailing, post)
    cast(mailing, vote, people[BO], "yes")
    post.letters.clear()
    mailing.turn_to(SOON)
    assert rounds(mailing, post) == 2
    assert {one["To"] for one in post.letters} == {ANA, CY}
    assert rounds(mailing, post) == 0


def test_who_votes_while_the_reminder_waits_is_not_reminded(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    rounds(mailing, post)
    post.letters.clear()
    mailing.turn_to(SOON)
    away = Post("127.0.0.1", 1, Tls.NEVER, None, None, SENDER)
    postman.go_round(mailing.runner, away, "https://vestry.test", lambda: SOON)
    cast(mailing, vote, people[ANA], "no")
    mailing.turn_to(SOON + timedelta(minutes=5))
    rounds(mailing, post)
    assert {one["To"] for one in post.letters} == {BO, CY}


def test_a_result_tells_how_it_ended_and_never_who_voted_how(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    account = account_of(mailing, people[BO])
    mailing.runner.run(preferences.choose_letters, account, {Topic.RESULT: Choice.EMAIL}, Digest.OFF)
    mailing.turn_to(OPEN)
    rounds(mailing, post)
    for one, choice in ((ANA, "yes"), (BO, "yes"), (CY, "no")):
        cast(mailing, vote, people[one], choice)
    post.letters.clear()
    mailing.turn_to(OVER)
    assert rounds(mailing, post) == 1
    [letter] = post.to(BO)
    assert letter["Subject"] == f"Result: {TITLE}"
    assert "It passed." in text_of(letter)
    assert "3 people voted." in text_of(letter)
    for word in ("yes", "no ", "abstain"):
        assert word not in text_of(letter).lower().replace("now", "").partition("--")[0]


def test_a_digest_tells_what_was_not_wanted_at_once_and_stops_by_one_click_too(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    account = account_of(mailing, people[BO])
    mailing.runner.run(preferences.choose_letters, account, {Topic.VOTE: Choice.DIGEST}, Digest.DAILY)
    mailing.turn_to(OPEN)
    rounds(mailing, post)
    assert not [one for one in post.to(BO) if "Vote" in str(one["Subject"])]
    post.letters.clear()
    mailing.turn_to(OPEN + timedelta(days=1))
    rounds(mailing, post)
    [letter] = post.to(BO)
    assert letter["Subject"] == "Your day in short"
    assert f"{TITLE}: you can vote until Tue 17 Mar 2026" in text_of(letter)
    path = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("https://vestry.test")
    mailing.browser().post(path, {"List-Unsubscribe": "One-Click"}, origin={"Origin": "https://mail.example.com"})
    assert mailing.runner.read(preferences.preferences_of, account).digest is Digest.OFF
    # a day on which nothing happened has none
    mailing.runner.run(preferences.choose_letters, account, {}, Digest.DAILY)
    mailing.turn_to(OPEN + timedelta(days=2))
    assert rounds(mailing, post) == 0


def test_one_click_stops_a_kind_of_letter_without_signing_in_and_from_any_site(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    rounds(mailing, post)
    [letter] = post.to(BO)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    told = letter["List-Unsubscribe"]
    path = told.strip("<>").removeprefix("https://vestry.test")
    nobody = mailing.browser()
    assert "Stop this kind" in nobody.see(path)  # to look at it stops nothing
    assert mailing.runner.read(preferences.preferences_of, account_of(mailing, people[BO])).choices[Topic.VOTE] is (
        Choice.EMAIL
    )
    answer = nobody.post(path, {"List-Unsubscribe": "One-Click"}, origin={"Origin": "https://mail.example.com"})
    assert answer.status_code == 200
    chosen = mailing.runner.read(preferences.preferences_of, account_of(mailing, people[BO]))
    assert (chosen.choices[Topic.VOTE], chosen.choices[Topic.CLOSING]) == (Choice.NONE, Choice.EMAIL)
    nobody.post(path, {"all": "1"}, origin={"Origin": "https://mail.example.com"})
    mailing.turn_to(SOON)
    rounds(mailing, post)
    assert len(post.to(BO)) == 1
    assert nobody.get("/mail/stop/guessed").status_code == 404
    # whoever is signed in has lost nothing by a form of another site: the token is what counts
    assert (
        mailing.browser(people[ANA]).post("/mail/stop/guessed", {}, origin={"Origin": "https://evil.test"}).status_code
        == 404
    )


def test_a_dead_server_holds_up_nothing_and_every_letter_comes_once_when_it_is_back(
    mailing: Site, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    with mailbox() as box:
        port = box.port
    dead = Post("127.0.0.1", port, Tls.NEVER, None, None, SENDER)
    voting.carry_on_all(mailing.runner.run, Act(worker.ACTOR, worker.AUTHORITY, OPEN))
    assert postman.go_round(mailing.runner, dead, "https://vestry.test", lambda: OPEN) == 0
    [tried] = [one for one in mailing.runner.read(queue.listed) if one.attempts]
    assert tried.trouble is Trouble.REFUSED
    admin = acting(mailing, Role.ADMIN)
    page = admin.see("/admin/mail")
    assert "takes no connection at this port" in page
    assert TITLE not in page
    assert mailing.browser(people[ANA]).get(f"/decisions/{vote}").status_code == 200
    mailing.turn_to(OPEN + timedelta(minutes=2))
    with mailbox(port) as box:
        assert rounds(mailing, box) == 3
        assert {one["To"] for one in box.letters} == {ANA, BO, CY}
        assert rounds(mailing, box) == 0
    assert "No letter waits. The last one went out" in admin.see("/admin/mail")


def test_an_address_that_is_refused_is_told_to_the_administrator_who_sends_again_or_drops(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    post.refused[BO] = "550 No such user here"
    assert rounds(mailing, post) == 2
    [failed] = mailing.runner.read(queue.listed)
    assert (failed.trouble, failed.given_up_at is not None) == (Trouble.ADDRESSEE, True)
    admin = acting(mailing, Role.ADMIN)
    assert "The server said: 550 No such user here" in admin.see("/admin/mail")
    post.refused.clear()
    admin.send("/admin/mail/again", letter=failed.id)
    assert rounds(mailing, post) == 1
    assert len(post.to(BO)) == 1
    assert admin.post("/admin/mail/again", {"letter": failed.id}).status_code == 404


def test_a_letter_that_is_dropped_is_not_written_anew(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    mailing.turn_to(OPEN)
    post.refused[BO] = "451 Try later"
    rounds(mailing, post)
    [waiting] = mailing.runner.read(queue.listed)
    acting(mailing, Role.ADMIN).send("/admin/mail/drop", letter=waiting.id)
    post.refused.clear()
    mailing.turn_to(OPEN + timedelta(hours=1))
    assert rounds(mailing, post) == 0


def test_whoever_wants_to_come_in_has_a_link_sent_and_nobody_learns_whether_an_address_is_known(
    mailing: Site, post: Mailbox, people: dict[str, str]
) -> None:
    rounds(mailing, post)
    post.letters.clear()
    browser = mailing.browser()
    page = browser.see("/sign-in?next=/equity")
    assert "Send me a link" in page
    known = browser.post("/sign-in/link", {"email": "Ana@Example.org", "next": "/equity"})
    said = browser.see("/sign-in")
    unknown = browser.post("/sign-in/link", {"email": "nobody@example.org", "next": "/equity"})
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert said == browser.see("/sign-in")
    assert rounds(mailing, post) == 1
    [letter] = post.letters
    link = link_in(letter, "/enter/")
    assert browser.get(link).status_code == 200
    path, _, query = link.partition("?")
    assert query == "next=/equity"
    assert browser.send(path, next="/equity") == "/equity"
    assert "Mi participación" in browser.see("/equity")


def test_nobody_floods_a_mailbox_with_links(mailing: Site, post: Mailbox, people: dict[str, str]) -> None:
    rounds(mailing, post)
    post.letters.clear()
    browser = mailing.browser()
    for _ in range(5):
        assert browser.send("/sign-in/link", email=ANA) == "/sign-in"
    assert rounds(mailing, post) == 3


def test_somebody_is_invited_by_a_letter_and_told_of_links_and_roles_that_others_make(
    mailing: Site, post: Mailbox, people: dict[str, str]
) -> None:
    admin = acting(mailing, Role.ADMIN)
    to = admin.send("/admin/invite", name="Ivo Brandt", email="ivo@example.org")
    assert "An invitation is on its way to ivo@example.org" in admin.see(to)
    rounds(mailing, post)
    [invited] = post.to("ivo@example.org")
    assert "It works once, until" in text_of(invited)
    assert mailing.browser().send(link_in(invited, "/enter/")) == "/roles"
    # a link that is copied, and a role: both stand behind nobody's back
    admin.post(f"{to}/link", {})
    account = to.rpartition("/")[2]
    held = mailing.runner.run(roles.give, mailing.act(), account, Role.AUDITOR)
    mailing.runner.run(roles.approve, mailing.act("usr_other"), held.id)
    rounds(mailing, post)
    told = [one["Subject"] for one in post.to("ivo@example.org")[1:]]
    assert sorted(told) == ["Somebody made a sign-in link for you", "You have a new role"]
    rounds(mailing, post)
    assert len(post.to("ivo@example.org")) == 3


def test_a_grant_to_accept_and_what_vested_are_told_without_units_in_the_subject(
    mailing: Site, post: Mailbox, people: dict[str, str]
) -> None:
    account = account_of(mailing, people[BO])
    mailing.runner.run(preferences.choose_letters, account, {Topic.VESTED: Choice.EMAIL}, Digest.OFF)

    def deed(db: Session) -> None:
        [plan] = every(db, Plan)
        make.grant(db, plan, find(db, Holder, people[BO]))

    mailing.runner.run(deed)
    assert rounds(mailing, post) >= 1
    subjects = [str(one["Subject"]) for one in post.to(BO)]
    assert "A grant waits for you" in subjects
    mailing.turn_to(datetime(2026, 4, 1, 14, tzinfo=UTC))
    rounds(mailing, post)
    [letter] = [one for one in post.to(BO) if "Mar 2026" in str(one["Subject"])]
    assert "100 became yours. Now 2,600 of 4,800 are." in text_of(letter)
    assert not any(character.isdigit() for character in str(letter["Subject"]).replace("2026", ""))


def test_a_name_or_a_title_can_not_add_a_header(mailing: Site, post: Mailbox) -> None:
    name = "Eve\r\nBcc: all@example.org\U0001f333 \u202eevil"

    def deed(db: Session) -> None:
        make.company(db)
        made = accounts.create_account(db, mailing.act(), name=name, email="eve@example.org")
        accounts.make_link(db, mailing.act(), made.id)

    mailing.runner.run(deed)
    rounds(mailing, post)
    [letter] = post.letters
    assert letter["Bcc"] is None
    assert letter["To"] == "eve@example.org"
    assert "\U0001f333" in text_of(letter)


def test_without_a_mail_server_nothing_is_queued(site: Site) -> None:
    browser = site.browser()
    assert "Send me a link" not in browser.see("/sign-in")
    assert browser.post("/sign-in/link", {"email": ANA}).status_code == 409
    assert site.runner.read(queue.listed) == []


def test_whoever_asks_gets_the_checkpoint_whole_once_a_day_if_the_record_has_grown(
    mailing: Site, post: Mailbox, people: dict[str, str], vote: str
) -> None:
    del vote
    cosigned = mailing.http.app.state.service.cosigned  # type: ignore[attr-defined]
    asking = mailing.browser(people[ANA])
    chosen = {f"topic-{topic.value}": Choice.NONE.value for topic in OF_MEMBERS}
    asking.send("/settings/mail/letters", **chosen, **{"topic-CHECKPOINT": "EMAIL", "digest": "OFF"})

    def morning(day: int) -> list[EmailMessage]:
        mailing.turn_to(datetime(2026, 3, day, 13, 5, tzinfo=UTC))
        act = Act(worker.ACTOR, worker.AUTHORITY, mailing.moments[0])
        for _ in range(2):
            writing.write_due(mailing.runner, act, "https://vestry.test", cosigned)
        before = len(post.to(ANA))
        postman.deliver(mailing.runner, post_to(post), lambda: mailing.moments[0])
        return post.to(ANA)[before:]

    assert morning(3) == []  # nothing is signed yet
    note = mailing.runner.read(cosigned.signer.publish)
    [letter] = morning(4)
    size = mailing.runner.read(journal.size)
    assert letter["Subject"] == f"Punto de control del registro: {size} asientos"
    assert note in text_of(letter).replace("\r\n", "\n")
    [attached] = letter.iter_attachments()
    assert attached.get_filename() == "checkpoint.txt"
    content = attached.get_payload(decode=True)
    assert content == note.encode() == mailing.browser().get("/checkpoint").content
    command = f"vestry verify --checkpoint checkpoint.txt --key {cosigned.signer.verifier()}"
    assert command in text_of(letter)
    assert post.to(BO) == []

    assert morning(5) == []
    mailing.runner.run(make.member)
    grown = mailing.runner.read(cosigned.signer.publish)
    [letter] = morning(6)
    assert grown in text_of(letter).replace("\r\n", "\n")
    mailing.runner.run(make.member)
    assert mailing.runner.read(cosigned.signer.publish) is not None
    mailing.browser().post(link_in(letter, "/mail/stop/"), {}, origin={"Origin": "https://mail.test"})
    assert morning(7) == []


def test_whose_tax_number_is_missing_is_asked_once_a_week_and_no_letter_has_a_number(
    mailing: Site, post: Mailbox, people: dict[str, str]
) -> None:
    mailing.runner.run(stated.state, mailing.act(), people[ANA], TaxKind.SSN, "256-33-1234")
    finance = acting(mailing, Role.FINANCE)
    finance.send("/finance/tax-numbers/letters", form_key="a")
    rounds(mailing, post)
    assert post.to(ANA) == []
    [letter] = [one for one in post.to(BO) if one["Subject"] == "Your tax number is missing"]
    assert link_in(letter, "/settings/")
    assert "1234" not in text_of(letter)
    finance.send("/finance/tax-numbers/letters", form_key="b")
    assert "2 had one this week." in finance.see("/finance/tax-numbers")
