"""What to do about each kind of problem, for whoever writes a program that meets it: English, as the API is.

What no entry stands for has that of the problem it is a kind of.
"""

from __future__ import annotations

from collections.abc import Iterable

MEND = "Mend what `errors` points at and send it again, as a new request: "

REMEDIES: dict[str, str] = {
    # beside any deed
    "malformed": "Send JSON in UTF-8, one value and nothing after it. `detail` says where reading it stopped.",
    "no_such_address": "Compare the address with the API's description, `/v1/openapi.json`: no slash at the end, "
    "and ids as they were answered. What needs another scope is not hidden so; it is refused with 403.",
    "method_not_allowed": "`Allow` names what is possible here. Reads are GET or HEAD; every change is a POST "
    "that adds to the record, so there is no PUT, PATCH or DELETE.",
    "body_too_large": "Split it: up to 1,000 sessions in a batch, or a file of up to 32 MiB. A larger file is for "
    "the command line, which reads it as a stream.",
    "media_type_unsupported": "Say `Content-Type: application/json`, or send a file as the kind that the "
    "operation names.",
    "too_many_requests": "Wait as many seconds as `Retry-After` says. `RateLimit` in each answer tells how many "
    "requests are left, so that a program can slow down in time; batches and files take many rows in one.",
    "internal": "This is our mistake: nothing was recorded. Repeat the request once with the same "
    "`Idempotency-Key`; if it fails again, tell whoever runs the service the `request_id`, under which the log "
    "has it.",
    "unavailable": "Repeat the request, with the same `Idempotency-Key`, after as many seconds as `Retry-After` says.",
    "token_invalid": "Send `Authorization: Bearer vestry_…` with a token that is neither revoked nor expired; "
    "`detail` says which it is. Administrators make one with `vestry token create`; its secret is shown once.",
    "scope_missing": "Ask an administrator for a token with the scope that `detail` names. No scope includes another.",
    "not_yours": "Use a token whose actor is the person it is about. Nobody else may, whatever their scopes; the "
    "attempt is in the access log.",
    "cursor_invalid": "Begin again without `cursor`, and go on with the `next` of the last page just as it was "
    "answered.",
    "idempotency_key_missing": "Send `Idempotency-Key` with a word of your own, such as a new UUID for each "
    "request, and send the same one when you repeat that request: then it is done once, however often it arrives. A "
    "dry run needs none.",
    "idempotency_key_reused": "Use a new key for a new request; repeat a key only with just the same method, "
    "address and body. To see what the key did, repeat the first request.",
    "precondition_failed": "Read it again, decide whether the order still is what you want, and send it with the "
    "new `ETag`.",
    "link_invalid": "Ask whoever runs the service for a new link: each works once, and for a short time.",
    "passkey_invalid": "Sign in by a link, and add the device again under Settings.",
    "elsewhere_refused": "Sign in there with the account that is known here, or by a link.",
    "elsewhere_down": "Try again in some minutes, or sign in by a link.",
    # of any record
    "invalid": MEND + "each part has a JSON pointer into the body, or the parameter's name, and says what is expected.",
    "not_found": "Check the id, and that it is of the right kind: the letters before `_` say which. What is "
    "private to somebody else is answered in the same way.",
    "conflict": "Read what is on record now, and decide anew; nothing was recorded.",
    "already_exists": "Take another label or id, or read what has this one: most likely it was recorded before.",
    "not_allowed_now": "Read the thing and look at its state: another step has to come first, or has been taken "
    "already.",
    "later_change_exists": "Reverse what happened later, newest first, then do this, then record the later change "
    "again.",
    "not_reversible": "Reverse what rests on it first; a reversal itself is undone by recording the thing anew.",
    "overdrawn": "Lower the quantity or the amount to what is there on that day and on every later one.",
    "overtaken": "Read what it is now, and put forward the change again from there.",
    "tampered": "Stop writing and have whoever runs the service run `vestry verify`: the record was changed from "
    "outside.",
    "rows_refused": "Mend the rows in `errors`, each with its number and column, and send all of them again: none "
    "was recorded. With `mode=best_effort` the good rows are recorded and the others told.",
    "quantity_invalid": "Send quantities as strings with no more decimals than their share class has, such as `4800`.",
    "dates_out_of_order": "Compare the two days that `detail` names: one of them must not be before the other.",
    "unknown_zone": "Write an IANA name such as `America/New_York`, not an abbreviation and not an offset.",
    "no_such_time": "On that day the clocks skipped this hour there: send the time with its offset, or in UTC.",
    "in_the_future": "Send a session once it has been delivered; check the year and the zone.",
    # equity
    "not_approved": "Have somebody else approve these very terms: read the draft, and send its `terms_hash` with "
    "the approval. Any change of a draft asks for a new one.",
    "four_eyes": "Let somebody else do this step: whoever drafts, whoever approves and whoever receives are three "
    "people.",
    "terms_invalid": MEND + "the terms contradict themselves in the way that `detail` says.",
    "exemption_exhausted": "Grant less, wait until older grants leave the twelve months, or name another exemption.",
    "pool_exhausted": "Grant at most what `detail` says is available, on this day and later, or enlarge the plan "
    "first.",
    "authorised_exhausted": "Issue fewer, or have the charter authorise more shares of the class first.",
    "layoff_case_missing": "File a layoff case, let the council see it, and name it with the order.",
    "vesting_unknown_template": "Take one of the templates that `detail` names, or write the terms out.",
    "vesting_terms_invalid": MEND + "months, cliff and steps have to fit each other.",
    "vesting_table_invalid": MEND + "each instalment has a day and a whole quantity.",
    "vesting_exceeds_granted": "Lower the instalments until they add up to what was granted, no more.",
    "vesting_exceeds_unvested": "Accelerate at most what is still to vest on that day.",
    "vesting_pause_ends_too_early": "Let the pause end after the day on which it begins.",
    "vesting_pause_refused": "Leave vesting as it is: this kind of leave does not pause it.",
    "vesting_protected_leave": "Leave vesting as it is: protected leave never pauses it, whatever the terms say.",
    "vesting_pauses_overlap": "End the pause that is there first, or choose days outside of it.",
    "vesting_condition_cycle": "Break the circle: some condition must be one that no other condition waits for.",
    "vesting_no_root_condition": "Let one condition at least depend on nothing but its own date or event.",
    "vesting_unknown_condition": "Name only conditions and events that stand in the same terms.",
    "vesting_schedule_too_long": "Shorten the schedule: it ends within a century and the calendar.",
    # sessions, patronage and capital
    "above_ceiling": "Choose a threshold at or below the ceiling in force, which `GET "
    "/v1/policies/session_ceiling` tells.",
    "no_policy_in_force": "Have a policy set whose first day is not after this one, or take a later day.",
    "nobody_to_share": "Look at the month's credited minutes: there are none, so there is nobody to give a part to.",
    "pool_too_large": "Declare at most what the surplus leaves, after what was declared before.",
    "balance_too_low": "Redeem at most what the account holds; `GET /v1/members/{member}/capital-account` tells.",
    "out_of_turn": "Redeem the oldest notices first, or name the resolution that allows another order.",
    "cash_too_low": "Pay at least a fifth of each allocation in money, or make the notices nonqualified.",
    "not_solvent": "Have the board state what the cooperative can afford, by somebody else than who pays, and pay "
    "within it.",
    "step_refused": "Read the statement or the dispute: only the step that follows on its state is possible.",
    "already_attested": "Nothing is left to do: it was attested before. What is wrong with it is disputed instead.",
    "disputes_open": "Settle the open disputes of the month, or hold back as much as they are about.",
    "checks_fail": "Run `GET /v1/checks` for the last day of the month, put right what does not add up, then ask "
    "again.",
    "only_the_provider": "Only the provider whose it is may do this, with a token of their own.",
    "import_map_invalid": "Mend the map at the place that `detail` names: providers to ids, codes to categories.",
    "sessions_file_refused": "Send CSV, NDJSON or XLSX with a row of headers; `detail` says why this one can't be "
    "read.",
    "grants_file_refused": "Send CSV or XLSX with a row of headers; `detail` says why this one can't be read.",
    "package_refused": "Mend the package at the places in `errors`; nothing of it was imported.",
    # proposals and votes
    "not_entitled": "Only whoever is on the roll of this vote, is a member, or is its author may do this.",
    "tally_hidden": "Wait for the close. Until then `GET /v1/proposals/{proposal}/turnout` is all that anybody is "
    "told.",
    "resolution_missing": "Put it forward as a proposal: what passes takes effect by itself, and nothing else "
    "changes it.",
    "voting_not_open": "Wait until the vote opens; the proposal says when.",
    "voting_closed": "Nothing can be cast any more; the result stands at `GET /v1/proposals/{proposal}/result`.",
    "text_frozen": "Withdraw it, or put forward another proposal: what people vote on stays as they read it.",
    "ballot_invalid": "Send a choice in the form that the proposal's rule asks for; `detail` says what does not fit.",
    "rule_invalid": MEND + "quorum, threshold and bodies have to fit each other.",
    "motion_invalid": MEND + "the motion has to be one that this kind of proposal can carry.",
    "effect_too_early": "Let it take effect no earlier than its notice allows; `detail` names the first possible day.",
    "policy_invalid": MEND + "no policy applies before it was passed.",
    # secret votes
    "manifest_invalid": "Correct the poll before it is announced; `detail` names what could not be run.",
    "already_issued": "Look for the pass on the device that fetched it, or in its file or print: there is one a voter.",
    "seq_taken": "Send a ballot with a higher number: a later one of this pass lies in the box.",
    "outvoted": "If you cast the later ballot, all is well. If not, tell the tellers: somebody else has your pass.",
    "ballot_missing": "Keep the receipt and hand it to the tellers: it proves that the box took this ballot.",
    "signing_failed": "Ask again; if it fails once more, tell whoever runs the service, and do not use this key.",
    "record_too_long": "Shorten what the voter writes: every ballot is padded to one length.",
    "receipt_invalid": "Compare the receipt with the poll and the ballot: it is of another, or was not signed by "
    "the box.",
    "log_invalid": "Fetch the log again; if it stays so, keep it and tell the tellers.",
    "poll_unsound": "Fetch all files of the poll again, together; if it stays so, keep them and tell the tellers.",
    "pass_not_signed": "Use the pass as the registrar signed it: another poll's, or a changed one, does not count.",
    "ballot_not_signed": "Make the ballot anew from the pass, with a program that signs it.",
    "choice_not_offered": "Choose among what the poll's manifest offers.",
    "key_unfit": "Make the keys anew, as long as the setting `VESTRY_POLL_RSA_BITS` says.",
}
"""Code of a problem -> what to do about it."""


def remedy_of(codes: Iterable[str]) -> str:
    """Return what to do about a problem, given by its code and by those of what it is a kind of, the nearest first.

    Raises:
        LookupError: None of them says: a bug.
    """
    for code in codes:
        if code in REMEDIES:
            return REMEDIES[code]
    raise LookupError(f"Nothing says what to do about {list(codes)}.")
