from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.secret import canonical
from governance.secret.blind import SigningKey
from governance.secret.errors import (
    BallotNotSigned,
    ChoiceNotOffered,
    ManifestInvalid,
    NotCanonical,
    OtherPass,
    OtherPoll,
    PassNotSigned,
    RecordInvalid,
    RecordMalformed,
    RecordTooLong,
    SeqOutOfRange,
)
from governance.secret.formats import Record, ballot_text, check_choice, check_record, last_of_each_pass
from governance.secret.manifest import LEAST_PAUSE, BallotForm, Manifest, Option, Registrar
from governance.tally.methods import Method
from ledger.types import MOST_UNITS, Json
from tests.governance.secret.poll import BOX, a_manifest, a_pass, cast, signed, spki

KEYS = st.text(st.characters(max_codepoint=127), max_size=5)
LEAVES = st.none() | st.booleans() | st.integers(-MOST_UNITS, MOST_UNITS) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
MANIFEST = a_manifest()
HELD = a_pass(MANIFEST)


@given(VALUES)
def test_canonical_json_comes_back_as_it_was_written(value: Json) -> None:
    assert canonical.read(canonical.write(value)) == value


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_json_in_any_other_form_is_refused(value: Json, indent: int | None, as_ascii: bool) -> None:
    other = json.dumps(value, indent=indent, ensure_ascii=as_ascii).encode()
    if other != canonical.write(value):
        with pytest.raises(NotCanonical):
            canonical.read(other)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"b":1,"a":1}',
        '{"a": 1}',
        "1.0",
        "1e2",
        "-0",
        "01",
        "NaN",
        '"\\u0041"',
        '"\\/"',
        '"\\ud800"',
        '{"é":1}',
        "9007199254740992",
        "[" * 4000,
        "",
        "{}\n",
        "\ufeff{}",
    ],
)
def test_what_readers_could_take_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        canonical.read(text.encode())


def test_a_manifest_is_the_same_bytes_again_and_names_its_poll_by_them() -> None:
    data = MANIFEST.to_bytes()
    again = Manifest.from_bytes(data)
    assert again == MANIFEST
    assert again.to_bytes() == data
    assert again.poll_hash == sha256(data).digest()
    assert MANIFEST.fingerprint.replace(" ", "") == sha256(data).hexdigest()[:20]
    assert [len(group) for group in MANIFEST.fingerprint.split(" ")] == [4] * 5


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        (Method.MAJORITY, {"roll_size": 19}),
        (Method.MAJORITY, {"min_passes": 9}),
        (Method.MAJORITY, {"max_seq": 21}),
        (Method.MAJORITY, {"rsa_bits": 3072}),
        (Method.MAJORITY, {"seats": 2}),
        (Method.MAJORITY, {"title": " "}),
        (Method.MAJORITY, {"title": "two\nlines"}),
        (Method.MAJORITY, {"title": "\x1b[2J"}),
        (Method.MAJORITY, {"max_score": 5}),
        (Method.MAJORITY, {"abstain": 1}),
        (Method.MAJORITY, {"options": (Option("no", "No"), Option("yes", "Yes"))}),
        (Method.MAJORITY, {"rules": {"threshold": "1/2"}}),
        (Method.MAJORITY, {"registrars": ()}),
        (Method.MAJORITY, {"registrars": (Registrar("cooperative", spki(BOX.public_key())),)}),
        (Method.MAJORITY, {"box_key": MANIFEST.registrars[0].spki}),
        (Method.MAJORITY, {"vote_from": MANIFEST.issue_to + LEAST_PAUSE - 1}),
        (Method.MAJORITY, {"vote_to": MANIFEST.vote_from}),
        (Method.MAJORITY, {"revote": "first"}),
        (Method.IRV, {"options": tuple(Option(f"o{number}", "One") for number in range(7))}),
        (Method.IRV, {"options": (Option("a", "A"), Option("a", "B"))}),
        (Method.IRV, {"options": (Option("abstain", "A"), Option("a", "B"))}),
        (Method.IRV, {"options": (Option("A", "A"),)}),
        (Method.SCORE, {"max_score": 6}),
        (Method.SCORE, {"form": BallotForm.RANKED}),
        (Method.SCORE, {"rules": {"basis": "cast", "num": 1, "den": 2, "strict": True, "least_for": 3}}),
    ],
)
def test_a_poll_that_could_not_be_run_or_not_in_secret_is_refused(method: Method, changes: dict[str, Any]) -> None:
    with pytest.raises(ManifestInvalid):
        a_manifest(method, **changes)


def test_consent_is_never_secret_since_an_objection_gives_a_reason() -> None:
    with pytest.raises(ManifestInvalid):
        replace(MANIFEST, method=Method.CONSENT)


@pytest.mark.parametrize("name", ["poll", "options", "registrars", "v"])
def test_a_manifest_with_a_field_missing_or_of_another_form_is_refused(name: str) -> None:
    raw = json.loads(MANIFEST.to_bytes())
    for other in ({**raw, name: None}, {**raw, name: {}}, {**raw, "more": 1}, {k: raw[k] for k in raw if k != name}):
        with pytest.raises(ManifestInvalid):
            Manifest.from_bytes(canonical.write(other))
    with pytest.raises(ManifestInvalid):
        Manifest.from_bytes(MANIFEST.to_bytes() + b"\n")


@pytest.mark.parametrize(
    ("method", "offered", "refused"),
    [
        (Method.MAJORITY, ["yes", "no", "abstain"], ["maybe", ["yes"], None, True, 1, ""]),
        (Method.APPROVAL, [[], ["a"], ["a", "c"], "abstain"], [["c", "a"], ["a", "a"], ["z"], "a", [["a"]], None]),
        (Method.IRV, [["b", "a"], ["d"], "abstain"], [[], ["a", "a"], [["a", "b"]], ["z"], "a", {"a": 1}]),
        (
            Method.STAR,
            [dict.fromkeys("abcd", 0), {"a": 5, "b": 0, "c": 1, "d": 2}, "abstain"],
            [{"a": 1}, dict.fromkeys("abcde", 0), dict.fromkeys("abcd", 6), dict.fromkeys("abcd", True), [1, 2, 3, 4]],
        ),
    ],
)
def test_each_form_has_its_choices_and_no_others(method: Method, offered: list[Json], refused: list[Json]) -> None:
    manifest = a_manifest(method)
    for choice in offered:
        check_choice(manifest, choice)
    for choice in refused:
        with pytest.raises(ChoiceNotOffered):
            check_choice(manifest, choice)
    with pytest.raises(ChoiceNotOffered):
        check_choice(replace(manifest, abstain=False), "abstain")


def test_a_record_is_checked_padded_or_not_and_comes_back_as_its_line() -> None:
    record = cast(MANIFEST, HELD, "yes", 3)
    checked = check_record(MANIFEST, record.padded())
    assert len(record.padded()) == 4096
    assert checked == check_record(MANIFEST, record.line())
    assert checked.line == record.line()
    assert (checked.choice, checked.seq, checked.pass_id, checked.code) == ("yes", 3, HELD.id.hex(), HELD.code)
    assert Record.parse(checked.line) == record


def test_the_same_ballot_signed_again_is_the_same_record() -> None:
    first, second = cast(MANIFEST, HELD, "yes"), cast(MANIFEST, HELD, "yes")
    assert first.sig != second.sig
    assert check_record(MANIFEST, first.line()).record_id == check_record(MANIFEST, second.line()).record_id


OTHER = a_manifest(title="Another")
RECORD = cast(MANIFEST, HELD, "yes")
LINE = RECORD.line()


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (RecordTooLong, LINE + b" " * 4096),
        (RecordMalformed, b""),
        (RecordMalformed, b"{}"),
        (RecordMalformed, b"\xff" * 100),
        (RecordMalformed, b" " + LINE),
        (RecordMalformed, LINE + b"\n"),
        (RecordMalformed, LINE.replace(b'{"ballot"', b'{"ballot" ')),
        (RecordMalformed, replace(RECORD, prefix=RECORD.prefix[1:]).line()),
        (RecordMalformed, replace(RECORD, ballot="yes").line()),
        (RecordMalformed, replace(RECORD, ballot=RECORD.ballot.replace(",", ", ", 1)).line()),
        (RecordMalformed, replace(RECORD, ballot=canonical.write({"choice": "yes"}).decode()).line()),
        (OtherPoll, cast(OTHER, a_pass(OTHER), "yes").line()),
        (OtherPass, replace(RECORD, prefix=bytes(32)).line()),
        (OtherPass, replace(RECORD, pk=a_pass(MANIFEST).key.point).line()),
        (SeqOutOfRange, cast(MANIFEST, HELD, "yes", 0).line()),
        (SeqOutOfRange, cast(MANIFEST, HELD, "yes", 21).line()),
        (SeqOutOfRange, signed(HELD, RECORD.ballot.replace('"seq":1', '"seq":true')).line()),
        (ChoiceNotOffered, cast(MANIFEST, HELD, "maybe").line()),
        (ChoiceNotOffered, cast(MANIFEST, HELD, ["yes"]).line()),
        (PassNotSigned, replace(RECORD, pass_sigs=()).line()),
        (PassNotSigned, replace(RECORD, pass_sigs=RECORD.pass_sigs * 2).line()),
        (PassNotSigned, replace(RECORD, pass_sigs=(bytes(256),)).line()),
        (PassNotSigned, replace(RECORD, pass_sigs=(b"",)).line()),
        (PassNotSigned, replace(RECORD, pass_sigs=a_pass(MANIFEST).pass_sigs).line()),
        (BallotNotSigned, replace(RECORD, sig=bytes(64)).line()),
        (BallotNotSigned, replace(RECORD, ballot=RECORD.ballot.replace("yes", "no")).line()),
    ],
    # the lines are drawn anew in each process, so they name no test
    ids=lambda given: given.__name__ if isinstance(given, type) else "",
)
def test_a_record_that_fails_a_check_is_refused_by_its_name(refusal: type[RecordInvalid], line: bytes) -> None:
    with pytest.raises(refusal):
        check_record(MANIFEST, line)


def test_a_key_that_is_no_point_of_the_curve_is_refused() -> None:
    held = replace(HELD)
    point = b"\x04" + bytes(63) + b"\x01"
    prefix = bytes(32)
    input_msg = replace(RECORD, pk=point, prefix=prefix).input_msg(MANIFEST.poll_hash)
    ballot = RECORD.ballot.replace(HELD.id.hex(), sha256(input_msg).hexdigest())
    record = Record(ballot, held.pass_sigs, point, prefix, RECORD.sig)
    with pytest.raises(RecordInvalid):
        check_record(MANIFEST, record.line())


@given(st.binary(max_size=300) | st.binary(max_size=40).map(lambda junk: LINE[:100] + junk + LINE[100:]))
def test_junk_is_refused_and_breaks_nothing(line: bytes) -> None:
    if line != LINE:
        with pytest.raises(RecordInvalid):
            check_record(MANIFEST, line)


def test_two_registrars_both_have_to_sign() -> None:
    council = SigningKey.generate(2048)
    both = (MANIFEST.registrars[0], Registrar("council", spki(council.public)))
    manifest = a_manifest(registrars=both)
    from_one = a_pass(MANIFEST)
    with pytest.raises(PassNotSigned):
        check_record(manifest, cast(manifest, replace(from_one, poll=manifest.poll_hash.hex()), "yes").line())


def test_the_last_ballot_of_a_pass_counts_and_of_equal_ones_the_earlier_batch() -> None:
    first, second, third = (check_record(MANIFEST, cast(MANIFEST, HELD, "yes", seq).line()) for seq in (1, 2, 3))
    assert last_of_each_pass([(1, second), (2, third), (3, first)]) == [third]
    other = replace(third, record_id="00", choice="no")
    assert last_of_each_pass([(2, other), (1, third)]) == [third]
    assert last_of_each_pass([(1, third), (1, other)]) == [other]


def test_a_ballot_that_the_poll_does_not_offer_is_not_even_written() -> None:
    with pytest.raises(ChoiceNotOffered):
        ballot_text(MANIFEST, HELD.id, "maybe", 1)
    with pytest.raises(SeqOutOfRange):
        ballot_text(MANIFEST, HELD.id, "yes", 21)
