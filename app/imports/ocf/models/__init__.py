"""Every object type of the format against its own schema, for version 1.2.0 and the development version.

**One rule says how much a flaw matters: what the ledger reads must be right, what it only keeps may be anything.**
A field in ``NEEDED`` must be there and be right; a field in ``READ`` may be missing but not wrong. Everything else is
kept word for word and comes out again as it came in, so a flaw there is a warning: real exports hold back names and
addresses, leave out fields, and add their own. A field that the schema does not know is a warning at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.models.objects import objects
from app.imports.ocf.models.shape import OK, Checker, Flaw, Must, Rule, list_of, one_of, record, shown, text, words
from app.imports.ocf.models.transactions import MAIN_ONLY, TRANSACTIONS
from app.imports.ocf.models.values import LISTED_FILE, day, moment
from app.imports.ocf.remarks import FIELD, RECORD

NEEDED = frozenset(
    words(
        "id object_type date security_id stakeholder_id stock_class_id stock_plan_id quantity"
        " quantity_converted amount investment_amount resulting_security_id"
        " security_ids initial_shares_authorized new_shares_authorized initial_shares_reserved shares_reserved"
        " split_ratio new_ratio_conversion_mechanism new_exercise_price new_status class_type"
        " compensation_type allocation_type vesting_conditions vesting_condition_id price_per_share"
        " effective_date"
    )
)
"""Fields without which the ledger could not say who holds what, of what, since when."""

READ = frozenset(
    words(
        "resulting_security_ids balance_security_id split_transaction_id issuer_id stock_class_ids"
        " vesting_terms_id vestings early_exercisable exercise_price base_price expiration_date"
        " termination_exercise_windows default_cancellation_behavior custom_id share_price issuance_type"
        " votes_per_share seniority conversion_rights settlement_date convertible_type relationship_started"
        " relationship_ended"
    )
)
"""Fields that change a number or a promise where they are given."""


_KEEPS_US_FROM = re.compile(r"/issuer|/\w+_files(/\d+(/filepath)?)?")
"""Places in the manifest where a flaw keeps us from a file or the company."""


class Version(StrEnum):
    """The two versions of the format that are understood."""

    V1_2_0 = "1.2.0"
    """The only release."""
    MAIN = "1.2.1-alpha+main"
    """The development version; everything in 1.2.0 is in it too."""


@cache
def checkers(version: Version) -> dict[str, Checker]:
    """Return the checker of every object type that this version has, by ``object_type``."""
    main = version is Version.MAIN
    table = objects(main=main) | TRANSACTIONS | (MAIN_ONLY if main else {})
    made = {name: _item(name, *of) for name, of in table.items()}
    for name in table:
        if name.startswith("TX_EQUITY_COMPENSATION_") and name not in MAIN_ONLY:
            alias = name.replace("EQUITY_COMPENSATION", "PLAN_SECURITY")
            made[alias] = _item(alias, *table[name])
    return made


@cache
def _manifest(version: Version) -> Checker:
    """Return the checker of the manifest, its issuer left to the checker of issuers."""
    files = Must(list_of(LISTED_FILE))
    return record(
        {
            "ocf_version": Must(one_of([version])),
            "file_type": Must(one_of("OCF_MANIFEST_FILE")),
            "issuer": Must(
                lambda value: OK if isinstance(value, dict) else (Flaw("", Code.WRONG_TYPE, "must be an object"),)
            ),
            "as_of": Must(day),
            "generated_at": Must(moment),
            "comments": list_of(text),
            **dict.fromkeys(
                words(
                    "stock_plans_files stock_legend_templates_files stock_classes_files vesting_terms_files"
                    " valuations_files transactions_files stakeholders_files"
                ),
                files,
            ),
            "financings_files": list_of(LISTED_FILE),
            "documents_files": list_of(LISTED_FILE),
        }
    )


def check_item(item: Mapping[str, object], version: Version, *, file: str = "") -> list[Finding]:
    """Return what is wrong with one item, measured against the schema of its type; nothing when it is valid.

    What an export of ours says beyond the format (``remarks``) is not measured against it.

    Args:
        item: The parsed JSON object; numbers with a fraction as ``Decimal``.
        version: The version that the manifest names.
        file: Where the item stands, for the findings.
    """
    if FIELD in item:
        item = {name: value for name, value in item.items() if name != FIELD}
    kind, object_id = item.get("object_type"), item.get("id")
    if kind == RECORD:
        return []
    label = object_id if isinstance(object_id, str) else ""
    known = checkers(version).get(kind) if isinstance(kind, str) else None
    if known is not None:
        return [_finding(flaw, f"{kind}", label, file) for flaw in known(item)]
    newer = checkers(Version.MAIN).get(kind) if isinstance(kind, str) else None
    if newer is None:
        message = f"{shown(kind)} is not a type of the Open Cap Format; the item is kept as a memo, without effect."
        return [Finding(Severity.WARNING, Code.UNKNOWN_TYPE, label, message, file, "/object_type")]
    message = f"{kind} is not in version {version}, but is understood."
    older = Finding(Severity.WARNING, Code.NOT_IN_VERSION, label, message, file, "/object_type")
    return [older, *(_finding(flaw, f"{kind}", label, file) for flaw in newer(item))]


def check_manifest(manifest: Mapping[str, object], version: Version, *, file: str = "") -> list[Finding]:
    """Return what is wrong with the manifest; an error where that keeps us from a file or the company."""
    found = []
    for flaw in _manifest(version)({name: value for name, value in manifest.items() if name != FIELD}):
        if flaw.pointer == "/ocf_version":
            message = f"The package says it is version {shown(manifest.get('ocf_version'))}; it is read as {version}."
            found.append(Finding(Severity.WARNING, Code.UNKNOWN_VERSION, "", message, file, flaw.pointer))
            continue
        missing_list = flaw.code is Code.MISSING_FIELD and flaw.pointer.endswith("_files")
        severe = _KEEPS_US_FROM.fullmatch(flaw.pointer) and not missing_list and flaw.code is not Code.UNKNOWN_FIELD
        severity = Severity.ERROR if severe else Severity.WARNING
        message = f"Manifest {flaw.pointer[1:]} {flaw.message}."
        found.append(Finding(severity, flaw.code, "", message, file, flaw.pointer))
    return found


def _an_object(value: object) -> tuple[Flaw, ...]:
    return OK if isinstance(value, dict) else (Flaw("", Code.WRONG_TYPE, "must be an object"),)


def _finding(flaw: Flaw, kind: str, object_id: str, file: str) -> Finding:
    field = flaw.pointer.partition("/")[2].partition("/")[0]
    only_absent = flaw.code is Code.MISSING_FIELD and flaw.pointer == f"/{field}"
    matters = field in NEEDED or (field in READ and not only_absent)
    severe = matters and flaw.code is not Code.UNKNOWN_FIELD
    advice = "Correct it where the package was made." if severe else "The item is kept as it is."
    where = f"{kind} {flaw.pointer[1:]}" if flaw.pointer else kind
    severity = Severity.ERROR if severe else Severity.WARNING
    return Finding(severity, flaw.code, object_id, f"{where} {flaw.message}. {advice}", file, flaw.pointer)


def _item(name: str, fields: Mapping[str, Checker | Must], rules: tuple[Rule, ...]) -> Checker:
    shared: dict[str, Checker | Must] = {"object_type": Must(one_of(name)), "id": Must(text), "comments": list_of(text)}
    return record({**shared, **fields}, *rules)
