"""The transactions of the format and their fields.

What a kind of transaction shares with others is written once above and spread in. The deprecated ``PLAN_SECURITY``
spellings have the fields of the ``EQUITY_COMPENSATION`` types that replaced them.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.imports.ocf.findings import Code
from app.imports.ocf.models.conversions import MECHANISMS, TRIGGER
from app.imports.ocf.models.shape import (
    OK,
    Fields,
    Flaw,
    Must,
    Spec,
    boolean,
    integer,
    list_of,
    needs_when,
    nullable,
    one_of,
    spec,
    text,
)
from app.imports.ocf.models.values import (
    CAPITALIZATION,
    MONETARY,
    NUMERIC,
    RATIO,
    RELATIONSHIP,
    SECURITY_EXEMPTION,
    SHARE_NUMBERS,
    STATUS,
    TERMINATION_WINDOW,
    VESTING,
    day,
)


def _relationship_changes(value: Mapping[str, object]) -> tuple[Flaw, ...]:
    if "relationship_started" in value or "relationship_ended" in value:
        return OK
    return (Flaw("", Code.WRONG_COMBINATION, "needs relationship_started or relationship_ended"),)


_DATED: Fields = {"date": Must(day)}
_APPROVED: Fields = {"board_approval_date": day, "stockholder_approval_date": day}
_SECURITY: Fields = {**_DATED, "security_id": Must(text)}
_ISSUANCE: Fields = {
    **_SECURITY,
    **_APPROVED,
    "custom_id": Must(text),
    "stakeholder_id": Must(text),
    "consideration_text": text,
    "security_law_exemptions": Must(list_of(SECURITY_EXEMPTION)),
}
_VESTING: Fields = {"vesting_terms_id": text, "vestings": list_of(VESTING, least=1)}
_RESULTS: Fields = {"resulting_security_ids": Must(list_of(text))}
_CANCELLATION: Fields = {**_SECURITY, "reason_text": Must(text), "balance_security_id": text}
_TRANSFER: Fields = {
    **_SECURITY,
    "consideration_text": text,
    "balance_security_id": text,
    "resulting_security_ids": Must(list_of(text, least=1, unique=True)),
}
_EXERCISE: Fields = {**_SECURITY, **_RESULTS, "consideration_text": text}
_RETRACTION: Fields = {**_SECURITY, "reason_text": Must(text)}

TRANSACTIONS: dict[str, Spec] = {
    "TX_ISSUER_AUTHORIZED_SHARES_ADJUSTMENT": spec(
        **_DATED, **_APPROVED, issuer_id=Must(text), new_shares_authorized=Must(NUMERIC)
    ),
    "TX_STOCK_CLASS_AUTHORIZED_SHARES_ADJUSTMENT": spec(
        **_DATED, **_APPROVED, stock_class_id=Must(text), new_shares_authorized=Must(NUMERIC)
    ),
    "TX_STOCK_CLASS_CONVERSION_RATIO_ADJUSTMENT": spec(
        **_DATED, stock_class_id=Must(text), new_ratio_conversion_mechanism=Must(MECHANISMS["RATIO_CONVERSION"])
    ),
    "TX_STOCK_CLASS_SPLIT": spec(**_DATED, stock_class_id=Must(text), split_ratio=Must(RATIO)),
    "TX_STOCK_PLAN_POOL_ADJUSTMENT": spec(
        **_DATED, **_APPROVED, stock_plan_id=Must(text), shares_reserved=Must(NUMERIC)
    ),
    "TX_STOCK_PLAN_RETURN_TO_POOL": spec(
        **_SECURITY, stock_plan_id=Must(text), quantity=Must(NUMERIC), reason_text=Must(text)
    ),
    "TX_STOCK_ISSUANCE": spec(
        **_ISSUANCE,
        **_VESTING,
        stock_class_id=Must(text),
        stock_plan_id=text,
        share_numbers_issued=list_of(SHARE_NUMBERS),
        share_price=Must(MONETARY),
        quantity=Must(NUMERIC),
        cost_basis=MONETARY,
        stock_legend_ids=Must(list_of(text)),
        issuance_type=one_of("RSA FOUNDERS_STOCK"),
    ),
    "TX_EQUITY_COMPENSATION_ISSUANCE": spec(
        needs_when("exercise_price", "compensation_type", ("OPTION", "OPTION_NSO", "OPTION_ISO")),
        needs_when("base_price", "compensation_type", ("CSAR", "SSAR")),
        **_ISSUANCE,
        **_VESTING,
        stock_plan_id=text,
        stock_class_id=text,
        compensation_type=Must(one_of("OPTION_NSO OPTION_ISO OPTION RSU CSAR SSAR")),
        option_grant_type=one_of("NSO ISO INTL"),
        quantity=Must(NUMERIC),
        exercise_price=MONETARY,
        base_price=MONETARY,
        early_exercisable=boolean,
        expiration_date=Must(nullable(day)),
        termination_exercise_windows=Must(list_of(TERMINATION_WINDOW)),
    ),
    "TX_CONVERTIBLE_ISSUANCE": spec(
        **_ISSUANCE,
        investment_amount=Must(MONETARY),
        convertible_type=Must(one_of("NOTE SAFE CONVERTIBLE_SECURITY")),
        conversion_triggers=Must(list_of(TRIGGER, least=1)),
        pro_rata=NUMERIC,
        seniority=Must(integer()),
    ),
    "TX_WARRANT_ISSUANCE": spec(
        **_ISSUANCE,
        **_VESTING,
        quantity=NUMERIC,
        quantity_source=one_of(
            "HUMAN_ESTIMATED MACHINE_ESTIMATED UNSPECIFIED INSTRUMENT_FIXED INSTRUMENT_MAX INSTRUMENT_MIN"
        ),
        exercise_price=MONETARY,
        purchase_price=Must(MONETARY),
        exercise_triggers=Must(list_of(TRIGGER)),
        warrant_expiration_date=day,
    ),
    "TX_STOCK_ACCEPTANCE": spec(**_SECURITY),
    "TX_EQUITY_COMPENSATION_ACCEPTANCE": spec(**_SECURITY),
    "TX_CONVERTIBLE_ACCEPTANCE": spec(**_SECURITY),
    "TX_WARRANT_ACCEPTANCE": spec(**_SECURITY),
    "TX_STOCK_CANCELLATION": spec(**_CANCELLATION, quantity=Must(NUMERIC)),
    "TX_EQUITY_COMPENSATION_CANCELLATION": spec(**_CANCELLATION, quantity=Must(NUMERIC)),
    "TX_CONVERTIBLE_CANCELLATION": spec(**_CANCELLATION, amount=Must(MONETARY)),
    "TX_WARRANT_CANCELLATION": spec(**_CANCELLATION, quantity=Must(NUMERIC)),
    "TX_STOCK_TRANSFER": spec(**_TRANSFER, quantity=Must(NUMERIC)),
    "TX_EQUITY_COMPENSATION_TRANSFER": spec(**_TRANSFER, quantity=Must(NUMERIC)),
    "TX_CONVERTIBLE_TRANSFER": spec(**_TRANSFER, amount=Must(MONETARY)),
    "TX_WARRANT_TRANSFER": spec(**_TRANSFER, quantity=Must(NUMERIC)),
    "TX_STOCK_RETRACTION": spec(**_RETRACTION),
    "TX_EQUITY_COMPENSATION_RETRACTION": spec(**_RETRACTION),
    "TX_CONVERTIBLE_RETRACTION": spec(**_RETRACTION),
    "TX_WARRANT_RETRACTION": spec(**_RETRACTION),
    "TX_EQUITY_COMPENSATION_EXERCISE": spec(**_EXERCISE, quantity=Must(NUMERIC)),
    "TX_WARRANT_EXERCISE": spec(**_EXERCISE, trigger_id=Must(text)),
    "TX_EQUITY_COMPENSATION_RELEASE": spec(
        **_EXERCISE, settlement_date=Must(day), release_price=Must(MONETARY), quantity=Must(NUMERIC)
    ),
    "TX_STOCK_CONVERSION": spec(**_SECURITY, **_RESULTS, balance_security_id=text, quantity_converted=Must(NUMERIC)),
    "TX_CONVERTIBLE_CONVERSION": spec(
        **_SECURITY,
        **_RESULTS,
        reason_text=Must(text),
        quantity_converted=NUMERIC,
        balance_security_id=text,
        trigger_id=Must(text),
        capitalization_definition=CAPITALIZATION,
    ),
    "TX_STOCK_REISSUANCE": spec(**_SECURITY, **_RESULTS, split_transaction_id=text, reason_text=text),
    "TX_STOCK_REPURCHASE": spec(
        **_SECURITY, price=Must(MONETARY), quantity=Must(NUMERIC), consideration_text=text, balance_security_id=text
    ),
    "TX_VESTING_START": spec(**_SECURITY, vesting_condition_id=Must(text)),
    "TX_VESTING_EVENT": spec(**_SECURITY, vesting_condition_id=Must(text)),
    "TX_VESTING_ACCELERATION": spec(**_SECURITY, quantity=Must(NUMERIC), reason_text=Must(text)),
}

MAIN_ONLY: dict[str, Spec] = {
    "CE_STAKEHOLDER_RELATIONSHIP": spec(
        _relationship_changes,
        **_DATED,
        stakeholder_id=Must(text),
        relationship_started=RELATIONSHIP,
        relationship_ended=RELATIONSHIP,
    ),
    "CE_STAKEHOLDER_STATUS": spec(**_DATED, stakeholder_id=Must(text), new_status=Must(STATUS)),
    "TX_STOCK_CONSOLIDATION": spec(
        **_DATED,
        resulting_security_id=Must(text),
        security_ids=Must(list_of(text, least=1, unique=True)),
        reason_text=text,
    ),
    "TX_EQUITY_COMPENSATION_REPRICING": spec(**_SECURITY, new_exercise_price=Must(MONETARY)),
}
