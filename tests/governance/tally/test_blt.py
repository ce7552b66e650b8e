"""BLT files as other programs write them, and ours as they read them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tally.blt import read_blt, write_blt
from governance.tally.elections import Election
from governance.tally.methods import Form, Method
from ledger.errors import Invalid
from tests.governance.tally.strategies import OPTIONS, Strict, Tiers, rankings, tiers

HILL = b"""4 2
-2
3 1 3 4 0
4 1 3 2 0
2 4 1 3 0
1 2 0
2 2 4 3 1 0
1 3 4 2 0
0
"Adam"
"Basil"
"Charlotte"
"Donald"
"Title"
"""
"""The example of Hill, Wichmann and Woodall (1987)."""

EQUAL = b"3 1\n2 1=3 2 0\n1 - 2 - 1 0\n0\n'A' B \"C\"\n"


def test_the_example_of_1987_is_read_without_who_has_withdrawn() -> None:
    election = read_blt(HILL)
    assert (election.title, election.method, election.seats) == ("Title", Method.STV, 2)
    assert (election.options, election.withdrawn) == (("Adam", "Charlotte", "Donald"), ("Basil",))
    assert election.groups == {((0,), (1,), (2,)): 3, ((0,), (1,)): 4, ((2,), (0,), (1,)): 2, ((2,), (1,), (0,)): 2} | {
        ((1,), (2,)): 1
    }
    # whoever chose only Basil chose nobody who stands
    assert (election.ballots, election.blank) == (13, 1)
    assert election.count().winners == ("Adam", "Donald")


def test_lines_comments_and_marks_of_other_programs_make_no_difference() -> None:
    flat = b" ".join(HILL.split(b"\n"))
    commented = HILL.replace(b"3 1 3 4 0", b"3 1 3 4 0 # the first pile").replace(b"-2\n", b"/* one\nleft */ -2\r\n")
    marked = b"\xef\xbb\xbf" + HILL.replace(b"\n", b"\r\n")
    assert read_blt(flat) == read_blt(commented) == read_blt(marked) == read_blt(HILL)


def test_a_party_beside_a_name_belongs_to_it_and_a_source_after_the_title_is_left() -> None:
    data = b'2 1\n1 1 2 0\n0\n"Hal OSLER" "Liberal Democrat"\n"Jule BANDEL" "Green"\n"Inverleith"\n"source"\n"note"\n'
    election = read_blt(data)
    assert election.options == ("Hal OSLER Liberal Democrat", "Jule BANDEL Green")
    assert (election.title, election.method) == ("Inverleith", Method.IRV)


def test_equal_and_skipped_places_are_read_where_the_method_allows_them() -> None:
    election = read_blt(EQUAL, Method.SCHULZE)
    assert election.groups == {((0, 2), (1,)): 2, ((1,), (0,)): 1}
    with pytest.raises(Invalid, match=r"Line 2: 1=3 ranks candidates equal, which irv does not allow"):
        read_blt(EQUAL)


def test_older_files_are_in_latin_1() -> None:
    assert read_blt('1 1\n1 1 0\n0\n"Zoë"\n'.encode("latin-1")).options == ("Zoë",)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "Line 1: the file ends before the number of candidates"),
        (b"four 2\n", "Line 1: four is not the number of candidates"),
        (b"2 0\n", "Line 1: 0 is not the number of seats"),
        (b"2 1\n-3\n", "Line 2: there is no candidate 3"),
        (b"2 1\n1 3 0\n", "Line 2: there is no candidate 3, only 2"),
        (b"2 1\n1 1 2 1 0\n", "Line 2: a candidate stands twice"),
        (b"2 1\n\n# two\n1 x 0\n", "Line 4: x is no place"),
        (b"2 1\n0.5 1 0\n0\n", "Line 2: 0.5 is not how often"),
        (b"2 1\n(17) 1 0\n0\n", "Line 2: (17) is not how often"),
        (b"2 1\n-1 1 0\n-2 2 0\n", "Line 3: -2 is not how often"),
        (b"2 1\n1 2\n1 1 0\n0\n", "Line 2: a ballot ends with 0 on its own line"),
        (b"2 1\n1 2 0\n", "Line 2: the file ends before the 0 that ends the ballots"),
        (b'2 1\n1 2 0\n0\n"A"\n', "Line 4: 1 names, and 2 candidates"),
        (b'2 1\n1 2 0\n0\n"A"\n"B\n', "Line 5: a name ends with a quotation mark"),
        (b'2 1\n1 2 0\n0\n"A"\n"A"\n', "Line 5: two candidates have the same name"),
        (b'1 1\n0\n"A"\n"B"\n"C"\n"D"\n"E"\n', "Line 7: 5 names and titles, and 1 candidates"),
        (b'2 1\n-1 -2\n0\n"A"\n"B"\n', "nothing to choose from"),
    ],
)
def test_what_can_not_be_read_is_refused_by_line(data: bytes, complaint: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_blt(data)
    assert complaint in str(refused.value)


def test_approvals_are_no_blt_file() -> None:
    with pytest.raises(Invalid, match="approval counts something else"):
        read_blt(HILL, Method.APPROVAL)
    with pytest.raises(Invalid, match="approval counts something else"):
        write_blt(Election("", Method.APPROVAL, ("A",), {(0,): 1}))


def test_a_quotation_mark_in_a_name_becomes_an_apostrophe() -> None:
    election = Election("A\nboard", Method.STV, ('Ann "Nan" Lee',), {((0,),): 1})
    assert write_blt(election).splitlines()[-2:] == [b"\"Ann 'Nan' Lee\"", b'"A board"']


@settings(max_examples=40)
@given(rankings, tiers, st.integers(1, 5), st.sampled_from([one for one in Method if one.form is Form.RANKING]))
def test_what_is_written_is_read_again(
    strict: dict[Strict, int], tied: dict[Tiers, int], seats: int, by: Method
) -> None:
    places = {tuple((one,) for one in ranking): weight for ranking, weight in strict.items()}
    groups = {ranking: weight for ranking, weight in tied.items() if ranking} if by.allows_shared_places else places
    election = Election("A board", by, OPTIONS, groups, seats, None, 3)
    assert read_blt(write_blt(election), by) == election


@settings(max_examples=100)
@given(st.lists(st.sampled_from([*b'0123 -=#"/*\n', 255]), max_size=40).map(bytes))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read = read_blt(b"2 1\n" + data)
    except Invalid:
        return
    assert len(read.options) + len(read.withdrawn) == 2
