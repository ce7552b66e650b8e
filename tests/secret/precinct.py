"""A secret vote and who takes part in it, with everything a test is not about by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.db import Runner
from app.people import accounts
from app.secret.setup import SecretVotes
from app.voting import carry_on_all
from app.web.site import COOKIE
from governance import notices, proposals
from governance.records import ProposalKind
from governance.rules import Ruleset
from governance.secret import polls, voter
from governance.secret.canonical import from_base64
from governance.secret.formats import Record
from governance.secret.manifest import Manifest
from governance.secret.voter import Pass, PassRequest
from governance.tally.methods import Method
from ledger.members import members_on
from ledger.types import Act
from tests import make
from tests.governance import hall
from tests.web.browser import words_of

TODAY = make.NOW.date()
RECORD_DATE = TODAY + timedelta(days=3)
ISSUING = datetime.combine(RECORD_DATE, datetime.min.time()) + timedelta(days=2, hours=12)
OPENS = datetime(2026, 3, 16, 9)
CLOSES = datetime(2026, 3, 23, 18)
"""Local, all of them."""

ORIGIN = {"Origin": "http://vestry.test"}


@dataclass
class Precinct:
    """A service with its registrar and its box, and the clock they share."""

    registrar: TestClient
    box: TestClient
    runner: Runner
    votes: SecretVotes
    moments: list[datetime]
    members: list[str] = field(default_factory=list)
    proposal: str = ""
    poll: str = ""
    origin: str = ORIGIN["Origin"]

    def turn_to(self, local: datetime) -> None:
        """Let it be another time, and let the service do what is due by then."""
        self.moments[0] = hall.at(local)
        act = Act("system", "role:worker", self.moments[0])
        carry_on_all(self.runner.run, act)
        self.votes.catch_up(self.moments[0])
        carry_on_all(self.runner.run, act)

    def announce(self, members: int = 24, method: Method = Method.MAJORITY, **more: Any) -> Precinct:
        """Give notice of a secret vote among so many members."""
        self.members, self.proposal = self.runner.run(_announced, members, method, more)
        return self

    def issue(self) -> Precinct:
        """Let the passes be given out."""
        self.turn_to(ISSUING)
        made = self.runner.read(polls.poll_of, self.proposal)
        assert made is not None
        self.poll = made.hash
        return self

    @property
    def manifest(self) -> Manifest:
        """What was announced."""
        return Manifest.from_bytes(self.box.get(f"/polls/{self.poll}/manifest.json").content)

    def get(self, member: str, path: str) -> Response:
        """Fetch something as somebody who is signed in."""
        return self.registrar.get(path, headers=self._cookie(member))

    def see(self, member: str, path: str) -> str:
        """Return what a page says to somebody who is signed in."""
        response = self.registrar.get(path, headers=self._cookie(member))
        assert response.status_code == 200, response.text
        return words_of(response)

    def _cookie(self, member: str) -> dict[str, str]:
        return {"Cookie": self.cookie(member)}

    def cookie(self, member: str) -> str:
        """Return the cookie of a browser in which somebody is signed in."""

        def signed_in(db: Session) -> str:
            act = make.act("usr_operator", now=self.moments[0])
            found = accounts.account_of_holder(db, member) or accounts.create_account(db, act, holder=member)
            return accounts.start_session(db, act, found.id)

        return f"{COOKIE}={self.runner.run(signed_in)}"

    def ask(self, member: str, request: PassRequest) -> Response:
        """Send a request for a pass as somebody who is signed in."""
        headers = {"Origin": self.origin} | self._cookie(member)
        return self.registrar.post(f"/polls/{self.poll}/pass", json=request.body(), headers=headers)

    def send_by_hand(self, member: str, text: str) -> Response:
        """Paste a request into the form, as somebody who is signed in."""
        path = f"/decisions/{self.proposal}/pass/by-hand"
        return self.registrar.post(path, data={"request": text}, headers={"Origin": self.origin} | self._cookie(member))

    def fetch(self, member: str) -> Pass:
        """Fetch somebody's pass."""
        request = voter.request(self.manifest)
        answer = self.ask(member, request)
        assert answer.status_code == 200, answer.text
        return voter.finish(self.manifest, request, [from_base64(one) for one in answer.json()["blind_sigs"]])

    def fetch_all(self, count: int = 12) -> list[Pass]:
        """Fetch the passes of the first of the members."""
        return [self.fetch(member) for member in self.members[:count]]

    def cast(self, held: Pass, choice: object, seq: int | None = None) -> Record:
        """Vote."""
        record = voter.make_record(self.manifest, held, choice, seq)  # type: ignore[arg-type]
        answer = self.send(record.padded())
        assert answer.status_code == 202, answer.text
        voter.batch_promised(self.manifest, voter.receipt_of(answer.json()), record.line())
        return record

    def send(self, line: bytes) -> Response:
        """Send something to the box."""
        return self.box.post(
            f"/polls/{self.poll}/ballots", content=line, headers={"Content-Type": "text/plain;charset=UTF-8"}
        )


def _announced(db: Session, count: int, method: Method, more: dict[str, Any]) -> tuple[list[str], str]:
    make.company(db)
    people = [make.member(db) for _ in range(count)]
    rules: Ruleset = hall.rules(method, secret=True, **{key: more[key] for key in more if key != "options"})
    content = proposals.Content("Should we?", "A question.", (), more.get("options"), 1)
    made = proposals.draft(
        db,
        make.act(people[0]),
        ProposalKind.ADVISORY,
        content,
        author=people[0],
        members=members_on(db, TODAY),
        on=TODAY,
        board_ref="board:2026-02",
    )
    proposals.publish(db, make.act(people[0]), made.id, author=people[0], rules=rules, on=TODAY)
    dates = notices.Dates(RECORD_DATE, OPENS, CLOSES, hall.ZONE)
    notices.give_notice(db, make.act(), made.id, dates, rules=rules, on=TODAY)
    return people, made.id
