"""A lot can't be chosen, depends on nothing but seed and keys, and can be made again by anybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from governance.tally.lot import commitment, lot_order

SEED = bytes(32)


def test_the_order_is_that_of_the_digests_of_seed_and_key() -> None:
    # SHA-256 of 32 zero bytes and "|ann" begins with 6993, with "|cyd" d506, with "|bob" e8bb
    assert lot_order(SEED, ["ann", "bob", "cyd"]) == ("ann", "cyd", "bob")


def test_what_is_published_before_the_vote_is_the_digest_of_the_seed() -> None:
    assert commitment(SEED) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


@given(st.binary(min_size=32, max_size=32), st.sets(st.text(max_size=6), max_size=6))
def test_the_order_in_which_options_are_given_does_not_matter(seed: bytes, keys: set[str]) -> None:
    order = lot_order(seed, sorted(keys))
    assert sorted(order) == sorted(keys)
    assert lot_order(seed, sorted(keys, reverse=True)) == order
