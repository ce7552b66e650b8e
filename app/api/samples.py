"""What each kind of problem says when it comes up, for its example in the API's description: real refusals."""

from __future__ import annotations

from collections.abc import Mapping

from app.problems import KEY_ASKED, KEY_HEADER

Part = dict[str, str | int]


def _body(field: str, detail: str) -> tuple[str, list[Part]]:
    return detail, [{"pointer": f"/{field}", "detail": detail}]


def _address(name: str, detail: str) -> tuple[str, list[Part]]:
    return detail, [{"parameter": name, "detail": detail}]


def _whole(detail: str) -> tuple[str, list[Part]]:
    return detail, []


SAMPLES: Mapping[str, tuple[str, list[Part]]] = {
    # beside any deed
    "malformed": _whole("The body is not JSON: Expecting ',' delimiter."),
    "no_such_address": _whole("There is nothing at /v1/sesions."),
    "too_many_requests": _whole("This is more than 3,000 requests a minute; come again in 3 s."),
    "internal": _whole("This is our fault, and has been noted under the request's id."),
    "unavailable": _whole(
        "The record is busy or can't be reached. Repeat the request in a moment, with the same Idempotency-Key."
    ),
    "token_invalid": _whole("This token expired at 2026-05-31 15:30 UTC."),
    "scope_missing": _whole("This token lacks the scope equity:write."),
    "cursor_invalid": _address("cursor", "This is not a cursor of this list; begin again without one."),
    "idempotency_key_missing": _address(KEY_HEADER, KEY_ASKED),
    "idempotency_key_reused": _whole(
        "This Idempotency-Key came with another request before; use a new key for a new request."
    ),
    "precondition_failed": _whole("This has changed since you read it; read it again, and decide anew."),
    # of any record
    "invalid": (
        'quantity: Write quantities as strings, such as "4800", so that no digit is lost.',
        [{"pointer": "/quantity", "detail": 'Write quantities as strings, such as "4800", so that no digit is lost.'}],
    ),
    "not_found": _whole("There is no security 'sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8' on record."),
    "already_exists": _body("label", "There is already a security with label 'ES-12'."),
    "conflict": _whole("ES-12: Provider plan has 4,600 units available on 2026-03-02; this needs 9,000."),
    "not_allowed_now": _whole("This batch does not wait for approval any more."),
    "later_change_exists": _whole("ES-12 changed on 2026-02-01; 2026-01-15 is before that. Reverse that change first."),
    "not_reversible": _whole("Entry 4711 has been reversed already."),
    "overdrawn": _body(
        "quantity", "treasury:cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 has 400 units left on 2026-03-02; this needs 900."
    ),
    "dates_out_of_order": _body("on", "The membership began on 2024-01-15."),
    "unknown_zone": _address("tz", "'Eastern' is not a time zone; write it like America/New_York."),
    # equity
    "pool_exhausted": _whole("Provider plan has 4,600 units available on 2026-03-02; this needs 9,000."),
    "authorised_exhausted": _whole(
        "Common has 120,000 authorised shares neither issued nor reserved on 2026-03-02; this needs 500,000."
    ),
    "exemption_exhausted": _whole(
        "Rule 701 does not cover this grant; none of its tests holds: 1,250,000.00 of 1,000,000.00 USD, 412,000 of "
        "390,000 units."
    ),
    "four_eyes": _whole("Tax numbers leave when two people say so: whoever asked does not approve it."),
    "not_approved": _body(
        "terms_hash", "The terms have changed since you were shown them; look at the newest version."
    ),
    "terms_invalid": _body("ratio", "A conversion ratio is made of two whole numbers above zero."),
    "layoff_case_missing": _whole("That would make 5 providers or more within 90 days: file a layoff case first."),
    # sessions and patronage
    "rows_refused": (
        "2 of 1,000 rows can't be recorded, so none was.",
        [
            {"row": 17, "column": "start", "detail": "The clocks went forward over this time. Correct the start."},
            {"row": 403, "column": "provider", "detail": "Nobody in the map is called so. Add them to the map."},
        ],
    ),
    "sessions_file_refused": _whole("This is neither text nor a workbook. Choose the file that the report gave you."),
    "import_map_invalid": _whole("[providers] There is no holder 'hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8' on record."),
    "package_refused": _whole("2 errors, and nothing was written. Stakeholder 'sh-17' is named and not there."),
    "above_ceiling": _body("week", "The members' ceiling is 25 sessions a week; 28 is above it."),
    "already_attested": _whole("This statement is attested; a statement is attested once."),
    "step_refused": _whole("A dispute about this statement is open; attest when it is decided."),
    "disputes_open": _body("holdback", "2 disputes, about up to 640 minutes of credit; 0 are held back."),
    "checks_fail": _whole("2026-02 can't be closed while these checks do not hold: Holders and classes."),
    "no_policy_in_force": _whole("No credit policy was in force on 2025-06-30."),
    "policy_invalid": _body("effective_from", "A policy comes into force after the day it was passed."),
    "nobody_to_share": _body("pool", "Nobody has any credit to share this by."),
    "pool_too_large": _body("pool", "12,500,000 is declared, and 11,840,000 is there."),
    "balance_too_low": _whole("hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 has 18,621 cents; 20,000 can't be redeemed."),
    "out_of_turn": _whole("Notices of 2024 come before those of 2025."),
    "not_solvent": _body("on", "No statement by the board says for 2026-12-15 that this can be afforded."),
    # deciding
    "resolution_missing": _whole("This belongs to the members; put forward a proposal."),
    "motion_invalid": _whole("fees is set by a proposal of the kind FEE_OR_RATE, not BYLAW."),
    "not_entitled": _whole("You are not on the roll: it tells who was what on 2026-03-01."),
    "text_frozen": _body("text", "Voting has begun, or it was taken back: put forward another proposal."),
    "effect_too_early": _body("effective_on", "This takes effect on 2026-06-01 at the earliest."),
    "ballot_invalid": _body("choice", "Choose one of yes, no, abstain."),
    "voting_not_open": _whole("Voting opens on 2026-04-01 at 09:00 (America/New_York)."),
    "voting_closed": _whole("Voting closed on 2026-04-15 at 18:00 (America/New_York)."),
    "tally_hidden": _whole("Nobody is told how a vote goes before it is closed; turnout is all there is."),
}
"""Code of a problem -> its ``detail`` and its ``errors``; others say no more than their title."""
