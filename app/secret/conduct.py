"""The conduct of secret votes: what registrar and box do by themselves when its time has come, each for itself.

Both look without writing and do what is due; whoever comes twice changes nothing. States change here and nowhere else,
and no request reads a clock to change one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from cryptography.hazmat.primitives import serialization

from app.db import Runner
from app.secret.keys import KeyFile
from app.secret.links import Other, OtherUnreachable
from app.secret.signing import Signer
from governance.errors import VotingClosed
from governance.secret import box, polls, registrar
from governance.secret.blind import SigningKey
from governance.secret.box import BoxState
from governance.secret.errors import PassTaken
from governance.secret.polls import Keys, Stage
from ledger.errors import Refusal
from ledger.types import Act

log = logging.getLogger("vestry.secret")


@dataclass(frozen=True, slots=True)
class RegistrarConduct:
    """What the registrar does by itself.

    Attributes:
        runner: On the record.
        box: What the box publishes.
        client: SHA-384 of the voter's program, hex.
    """

    runner: Runner
    signer: Signer
    keys: KeyFile
    box: Other
    client: str
    bits: int

    def catch_up(self, act: Act) -> int:
        """Do everything that is due, and return how many votes were carried on."""
        done = 0
        for proposal, stage in self.runner.read(polls.waiting, act):
            try:
                done += self._carry_on(act, proposal, stage)
            except (OtherUnreachable, Refusal) as error:
                # one vote that has to wait holds up no other
                log.warning("the secret vote on %s waits: %s", proposal, error)
        return done

    def _carry_on(self, act: Act, proposal: str, stage: Stage) -> bool:
        if stage is Stage.ANNOUNCE:
            return self._announce(act, proposal)
        return self._settle(act, proposal) if stage is Stage.SETTLE else self._follow(act, proposal)

    def _announce(self, act: Act, proposal: str) -> bool:
        box_key = self.box.get("/box-key")
        if box_key is None:
            raise OtherUnreachable("The box has no key yet.")
        key = SigningKey.generate(self.bits)
        spki = key.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        registrars = [("registrar", spki), *self.signer.witness_keys(proposal, self.bits)]
        sealed = self.keys.seal(key.to_der(), of=proposal)
        made = Keys(tuple(registrars), box_key, self.bits, self.client, sealed)
        self.runner.run(polls.announce, act, proposal, made)
        return True

    def _settle(self, act: Act, proposal: str) -> bool:
        for number, _ in self.runner.read(polls.unsigned, proposal):
            reserved = self.runner.read(registrar.reservation, proposal, number)
            assert reserved is not None
            try:
                signed = self.signer.sign(self._sealed(proposal), reserved)
            except (VotingClosed, PassTaken):
                # the witness never had it, or has signed another: of this no pass was made
                self.runner.run(registrar.lapse, proposal, number)
            except OtherUnreachable:
                if not self.runner.read(polls.has_waited, act, proposal):
                    raise
                self.runner.run(registrar.lapse, proposal, number)
            else:
                self.runner.run(registrar.keep, proposal, number, signed)
        self.runner.run(polls.settle, act, proposal)
        self.signer.forget(proposal)
        return True

    def _sealed(self, proposal: str) -> bytes:
        sealed = self.runner.read(registrar.sealed_key, proposal)
        assert sealed is not None
        return sealed

    def _follow(self, act: Act, proposal: str) -> bool:
        poll = self.runner.read(polls.poll_of, proposal)
        assert poll is not None
        told = self.box.get(f"/polls/{poll.hash}/log.json")
        if told is None:
            raise OtherUnreachable("The box has not heard of this vote yet.")
        is_new = self.runner.read(polls.is_news, proposal, told)
        if is_new:
            self.runner.run(polls.follow, act, proposal, told)
        # asked for after the log, which must tell all of it
        records = self.box.get(f"/polls/{poll.hash}/box.jsonl") if polls.is_over(told) else None
        if records is None:
            return is_new
        self.runner.run(polls.take_in, act, proposal, told, records.splitlines())
        return True


@dataclass(slots=True)
class BoxConduct:
    """What the box does by itself.

    Attributes:
        runner: On the box's database.
        registrar: What the registrar publishes.
        sweep: Leaves no trace in the file of the order in which ballots came.
        sealed_at: When each box was last sealed by this process; nothing of it is stored.
    """

    runner: Runner
    registrar: Other
    key: bytes
    sweep: Callable[[], None]
    sealed_at: dict[str, int] = field(default_factory=dict)

    def catch_up(self, now: datetime) -> int:
        """Do everything that is due, and return how many boxes were carried on."""
        at = int(now.timestamp())
        done = self._set_up(at)
        for one in self.runner.read(box.boxes):
            done += self._carry_on(one, at)
        return done

    def _set_up(self, at: int) -> int:
        index = self.registrar.get("/polls/index.json") or b"[]"
        known = {one.poll for one in self.runner.read(box.boxes)}
        new = [one["poll"] for one in orjson.loads(index) if one["poll"] not in known]
        for poll in new:
            manifest = self.registrar.get(f"/polls/{poll}/manifest.json")
            if manifest is None or hashlib.sha256(manifest).hexdigest() != poll:
                raise OtherUnreachable("The registrar names a vote that it does not tell of.")
            self.runner.run(box.set_up, manifest, self.key, at=at)
        return len(new)

    def _carry_on(self, one: box.Box, at: int) -> bool:
        if one.state is BoxState.WAITING:
            return self._settle(one, at)
        if one.state is BoxState.SETTLED and at >= one.manifest.vote_from:
            self.runner.run(box.open_box, one.poll, at=at)
            return True
        if one.state is BoxState.OPEN and at >= one.manifest.vote_to:
            self.runner.run(box.close_box, one.poll, at=at)
            self.sweep()
            return True
        return one.state is BoxState.OPEN and self._seal(one, at)

    def _settle(self, one: box.Box, at: int) -> bool:
        issued = self.registrar.get(f"/polls/{one.poll}/issued.json") if at >= one.manifest.issue_to else None
        if issued is None:
            return False
        self.runner.run(box.settle, one.poll, issued, at=at)
        return True

    def _seal(self, one: box.Box, at: int) -> bool:
        last = self.sealed_at.setdefault(one.poll, at)
        if at - last < box.SEAL_SECONDS:
            return False
        self.sealed_at[one.poll] = at
        is_sealed = self.runner.run(box.seal, one.poll, at=at)
        self.sweep()
        return is_sealed
