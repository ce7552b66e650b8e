"""How somebody reads and what they hear of; an address is theirs when they have shown that it is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail import postman
from app.mail.kinds import Choice, Topic
from app.mail.readers import house_of
from app.mail.sending import Post, Tls
from app.people import accounts, address_changes, preferences
from app.people.roles import Role
from tests import make
from tests.mailbox import SENDER, Mailbox, link_in, text_of
from tests.web.acting import acting, founded
from tests.web.browser import Browser, Site, title_of, words_of

MINE = "/settings/mail"


def somebody(site: Site, email: str | None = None) -> tuple[Browser, str]:
    """A member's browser, and their account; with an address, an administrator has set it."""

    def deed(db: Session) -> str:
        make.company(db)
        return make.member(db)

    holder = site.runner.run(deed)
    browser = site.browser(holder)
    account = site.runner.read(accounts.account_of_holder, holder)
    assert account is not None
    if email is not None:
        house = site.runner.read(house_of, "https://vestry.test")
        site.runner.run(address_changes.set_address, site.act(), house, account.id, email)
    return browser, account.id


def delivered(site: Site, post: Mailbox) -> int:
    """Send what is due."""
    to = Post("127.0.0.1", post.port, Tls.NEVER, None, None, SENDER)
    return postman.deliver(site.runner, to, lambda: site.moments[0])


def test_whoever_chose_a_language_and_a_zone_reads_everything_so_in_every_browser(sample: Site) -> None:
    someone = sample.browser("hld_provider_001")
    assert "EST" in someone.see(MINE) or "EDT" in someone.see(MINE)
    assert someone.send(f"{MINE}/reading", language="es", zone="Asia/Tokyo") == MINE
    elsewhere = sample.browser("hld_provider_001")
    elsewhere.cookies["vestry_language"] = "en"
    page = elsewhere.get("/settings")
    assert '<html lang="es">' in page.text
    assert "JST" in words_of(page)
    elsewhere.send("/language", language="en", next="/settings")
    assert '<html lang="en">' in someone.get("/settings").text


def test_a_zone_that_there_is_not_is_refused_at_its_field(sample: Site) -> None:
    someone = sample.browser("hld_provider_001")
    refused = someone.post(f"{MINE}/reading", {"language": "en", "zone": "Mars/Olympus"})
    assert refused.status_code == 422
    assert title_of(refused).startswith("Error:")
    assert "#f-zone" in refused.text


def test_everybody_chooses_what_they_hear_of_and_nothing_that_is_not_offered(site: Site) -> None:
    browser, account = somebody(site)
    assert "no mail server" in browser.see(MINE)
    chosen = {f"topic-{one}": "NONE" for one in ("VOTE", "CLOSING", "IDEA", "GRANT", "VESTED", "CHECKPOINT")}
    assert browser.send(f"{MINE}/letters", **chosen, **{"topic-RESULT": "EMAIL"}, digest="DAILY") == MINE
    found = site.runner.read(preferences.preferences_of, account)
    assert found.choices[Topic.VOTE] is Choice.NONE
    assert found.choices[Topic.RESULT] is Choice.EMAIL
    chosen["topic-CLOSING"] = "DIGEST"
    refused = browser.post(f"{MINE}/letters", {**chosen, "topic-RESULT": "NONE", "digest": "DAILY"})
    assert refused.status_code == 422
    assert site.runner.read(preferences.preferences_of, account) == found


def test_whoever_holds_nothing_chooses_too_and_hears_of_nothing_that_is_not_theirs(site: Site) -> None:
    site.runner.run(founded)
    admin = acting(site, Role.ADMIN)
    page = admin.see(MINE)
    assert "A vote has opened" not in page
    assert admin.send(f"{MINE}/letters", **{"topic-IMPORT": "NONE", "topic-CHECKPOINT": "EMAIL"}, digest="OFF") == MINE
    assert site.browser().get(MINE).headers["location"] == f"/sign-in?next={MINE}"


def test_an_address_is_theirs_once_the_link_sent_to_it_is_opened_and_the_old_one_is_told(
    mailing: Site, post: Mailbox
) -> None:
    browser, account = somebody(mailing, "old@example.org")
    delivered(mailing, post)
    assert browser.send(f"{MINE}/address", email="New.One@example.org ") == MINE
    assert "waits: open the link" in browser.see(MINE)
    assert delivered(mailing, post) == 1
    [asked] = post.to("New.One@example.org")
    assert mailing.runner.read(accounts.find_account, account).email == "old@example.org"
    # not by looking at it, and in whatever browser
    link, elsewhere = link_in(asked, "/address/"), mailing.browser()
    elsewhere.see(link)
    assert mailing.runner.read(accounts.find_account, account).email == "old@example.org"
    assert elsewhere.send(link) == MINE
    assert mailing.runner.read(accounts.find_account, account).email == "New.One@example.org"
    delivered(mailing, post)
    [told] = post.to("old@example.org")
    assert "go to another address" in text_of(told)
    assert "New.One" not in text_of(told)
    assert elsewhere.post(link, {}).status_code == 403


def test_what_is_no_address_is_refused_and_kept_in_the_field(mailing: Site) -> None:
    browser, _ = somebody(mailing)
    for wrong in (
        "somebody",
        "a@b\r\nBcc: c@d.org",
        "a b@example.org",
        "ä@example.org",
        "a@-b.org",
        "x" * 190 + "@example.org",
    ):
        refused = browser.post(f"{MINE}/address", {"email": wrong})
        assert refused.status_code == 422, wrong
        assert "looks like name@example.org" in words_of(refused)
    assert 'value="somebody"' in browser.post(f"{MINE}/address", {"email": "somebody"}).text


def test_nobody_has_links_sent_to_many_addresses(mailing: Site) -> None:
    browser, _ = somebody(mailing)
    codes = [browser.post(f"{MINE}/address", {"email": f"a{n}@example.org"}).status_code for n in range(7)]
    assert codes == [303] * 5 + [409] * 2
