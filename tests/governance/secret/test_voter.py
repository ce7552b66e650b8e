from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from governance.secret import box_files, voter
from governance.secret.blind import SigningKey, blind_sign
from governance.secret.errors import (
    BallotMissing,
    ChoiceNotOffered,
    LogInvalid,
    NotCanonical,
    OtherPoll,
    Outvoted,
    PassSignatureInvalid,
    ReceiptInvalid,
    SeqOutOfRange,
)
from governance.secret.formats import check_record, record_id
from governance.secret.manifest import Registrar
from tests.governance.secret.poll import BOX, REGISTRAR, a_manifest, a_pass, cast, publish, spki

MANIFEST = a_manifest()


def test_a_request_that_was_kept_makes_the_same_pass_after_the_answer_was_lost() -> None:
    asked = voter.PassRequest.from_bytes(voter.request(MANIFEST).to_bytes())
    answers = [blind_sign(REGISTRAR, one.blinded) for one in asked.blinded]
    first, again = voter.finish(MANIFEST, asked, answers), voter.finish(MANIFEST, asked, answers)
    assert first.to_bytes() == again.to_bytes()
    voter.check_pass(MANIFEST, voter.Pass.from_bytes(first.to_bytes()))


def test_nothing_of_the_request_is_left_in_the_pass() -> None:
    asked = voter.request(MANIFEST)
    held = voter.finish(MANIFEST, asked, [blind_sign(REGISTRAR, one.blinded) for one in asked.blinded])
    kept = held.to_bytes().decode()
    assert f"{asked.blinded[0].inverse:x}" not in kept
    assert str(asked.body()["blinded"]) not in kept
    assert asked.blinded[0].blinded.hex() not in kept


def test_a_ballot_made_with_a_pass_is_one_that_the_box_takes() -> None:
    held = a_pass(MANIFEST)
    record = voter.make_record(MANIFEST, held, "yes")
    checked = check_record(MANIFEST, record.padded())
    assert (checked.seq, checked.choice, checked.code) == (1, "yes", held.code)
    later = voter.make_record(MANIFEST, replace(held, seq=4), "no")
    assert check_record(MANIFEST, later.line()).seq == 5
    with pytest.raises(SeqOutOfRange):
        voter.make_record(MANIFEST, replace(held, seq=20), "no")
    with pytest.raises(ChoiceNotOffered):
        voter.make_record(MANIFEST, held, "perhaps")


def test_two_registrars_sign_one_pass_each_under_a_blinding_of_its_own() -> None:
    council = SigningKey.generate(2048)
    manifest = a_manifest(registrars=(MANIFEST.registrars[0], Registrar("council", spki(council.public))))
    held = a_pass(manifest, REGISTRAR, council)
    assert check_record(manifest, voter.make_record(manifest, held, "no").line()).choice == "no"
    asked = voter.request(manifest)
    with pytest.raises(PassSignatureInvalid):
        voter.finish(manifest, asked, [blind_sign(REGISTRAR, asked.blinded[0].blinded)])
    with pytest.raises(PassSignatureInvalid):
        voter.check_pass(manifest, replace(held, pass_sigs=held.pass_sigs[::-1]))


def test_a_pass_of_another_poll_or_a_forged_one_is_refused_before_voting() -> None:
    held, other = a_pass(MANIFEST), a_manifest(title="Another")
    with pytest.raises(OtherPoll):
        voter.make_record(other, held, "yes")
    with pytest.raises(OtherPoll):
        voter.finish(other, voter.request(MANIFEST), [b""])
    with pytest.raises(PassSignatureInvalid):
        voter.make_record(other, replace(held, poll=other.poll_hash.hex()), "yes")


@pytest.mark.parametrize("data", [b"", b"{}", b'{"v":1}', b"[]", voter.request(MANIFEST).to_bytes()])
def test_a_file_that_holds_no_pass_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        voter.Pass.from_bytes(data)


def test_a_receipt_is_good_for_its_own_ballot_alone() -> None:
    held = a_pass(MANIFEST)
    line = voter.make_record(MANIFEST, held, "yes").line()
    mine = check_record(MANIFEST, line).record_id
    receipt = voter.receipt_of(box_files.sign_receipt(BOX, MANIFEST.poll_hash, mine, 3).to_json())
    assert voter.batch_promised(MANIFEST, receipt, line) == 3
    assert "yes" not in receipt.text
    other = voter.make_record(MANIFEST, held, "no").line()
    for wrong, about in (
        (receipt, other),
        (replace(receipt, text=receipt.text.replace("3", "4", 1)), line),
        (replace(receipt, sig=receipt.sig[1:]), line),
        (box_files.sign_receipt(BOX, MANIFEST.poll_hash, mine, 0), line),
        (box_files.sign_receipt(BOX, a_manifest(title="Another").poll_hash, mine, 3), line),
        (box_files.sign_receipt(voter.OneTimeKey.generate().private, MANIFEST.poll_hash, mine, 3), line),
    ):
        with pytest.raises(ReceiptInvalid):
            voter.batch_promised(MANIFEST, wrong, about)
    with pytest.raises(ReceiptInvalid):
        voter.receipt_of({})


def test_a_voter_finds_their_ballot_sealed_and_published() -> None:
    poll = publish(MANIFEST, ["yes"] * 11, changed={2: "no"})
    log, box = poll.files["log.json"], poll.files["box.jsonl"].splitlines()
    held = poll.passes[0]
    mine = cast(MANIFEST, held, "yes")
    name = record_id(mine.input_msg(MANIFEST.poll_hash), mine.ballot).hex()
    voter.check_sealed(log, 1, poll.files["hashes/1.txt"], name)
    assert voter.check_published(MANIFEST, mine.line(), box).choice == "yes"
    with pytest.raises(BallotMissing):
        voter.check_sealed(log, 2, poll.files["hashes/2.txt"], name)
    with pytest.raises(BallotMissing):
        voter.check_sealed(log, 9, b"", name)
    with pytest.raises(LogInvalid):
        voter.check_sealed(log, 1, poll.files["hashes/1.txt"] + b"\n", name)
    with pytest.raises(BallotMissing):
        voter.check_published(MANIFEST, cast(MANIFEST, held, "no").line(), box)
    with pytest.raises(Outvoted):
        voter.check_published(MANIFEST, cast(MANIFEST, poll.passes[2], "yes").line(), box)


def test_a_log_tells_a_poll_in_its_one_order_and_as_an_unbroken_chain() -> None:
    poll = publish(MANIFEST, ["yes"] * 11)
    entries = box_files.read_log(poll.files["log.json"])
    assert [one["kind"] for one in entries] == ["announce", "freeze", "open", "batch", "batch", "close"]
    texts = poll.files["log.json"].decode().split("\n")[1:-2]
    texts = [one.removesuffix(",") for one in texts]
    assert box_files.head_of(texts[0]) == sha256(texts[0].encode()).hexdigest() == entries[1]["prev"]
    for wrong in (texts[1:], texts[:1] + texts[2:], [*texts, texts[-1]], [texts[1], texts[0]], []):
        with pytest.raises(LogInvalid):
            box_files.read_log(box_files.log_file(wrong))
    with pytest.raises(LogInvalid):
        box_files.read_log(poll.files["log.json"].replace(b"\n", b"\r"))
    with pytest.raises(LogInvalid, match="does not come after announce"):
        box_files.opening(texts[0], 1)
    ended = box_files.voided(texts[-1], MANIFEST.vote_to + 1, "a serious finding")
    assert box_files.read_log(box_files.log_file([*texts, ended]))[-1]["kind"] == "void"
    with pytest.raises(LogInvalid):
        box_files.closing(ended, 1, 1, 1)


def test_a_batch_file_is_sorted_and_sha256sum_gives_its_root() -> None:
    assert box_files.batch_file(["b" * 64, "a" * 64]) == b"a" * 64 + b"\n" + b"b" * 64 + b"\n"
    assert box_files.batch_root(["a"]) == sha256(b"a\n").hexdigest()
