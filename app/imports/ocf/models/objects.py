"""The nine objects of the format: who, which classes, which plans, which terms."""

from __future__ import annotations

from app.imports.ocf.models.conversions import RIGHTS
from app.imports.ocf.models.shape import (
    Must,
    Spec,
    exactly_one,
    list_of,
    not_both,
    one_of,
    record,
    spec,
    text,
)
from app.imports.ocf.models.values import (
    ADDRESS,
    COUNTRY,
    EMAIL,
    MAIN_ONLY_TYPES,
    MD5,
    MONETARY,
    NAME,
    NUMERIC,
    OBJECT_TYPES,
    PHONE,
    RELATIONSHIP,
    STATUS,
    SUBDIVISION,
    TAX_ID,
    authorised,
    contact,
    day,
    vesting_condition,
)


def objects(*, main: bool) -> dict[str, Spec]:
    """Return the nine objects; four of their fields exist only in the development version."""
    object_reference = record(
        {"object_type": Must(one_of(OBJECT_TYPES + MAIN_ONLY_TYPES * main)), "object_id": Must(text)}
    )
    approvals = {"board_approval_date": day, "stockholder_approval_date": day}
    newer_issuer = {"country_subdivision_name_of_formation": text} if main else {}
    newer_stakeholder = {"current_relationships": list_of(RELATIONSHIP), "current_status": STATUS} if main else {}
    return {
        "ISSUER": spec(
            not_both("country_subdivision_of_formation", "country_subdivision_name_of_formation"),
            legal_name=Must(text),
            dba=text,
            formation_date=Must(day),
            country_of_formation=Must(COUNTRY),
            country_subdivision_of_formation=SUBDIVISION,
            tax_ids=list_of(TAX_ID),
            email=EMAIL,
            phone=PHONE,
            address=ADDRESS,
            initial_shares_authorized=authorised,
            **newer_issuer,
        ),
        "STAKEHOLDER": spec(
            name=Must(NAME),
            stakeholder_type=Must(one_of("INDIVIDUAL INSTITUTION")),
            issuer_assigned_id=text,
            current_relationship=RELATIONSHIP,
            primary_contact=contact(named=True),
            contact_info=contact(named=False),
            addresses=list_of(ADDRESS),
            tax_ids=list_of(TAX_ID),
            **newer_stakeholder,
        ),
        "STOCK_CLASS": spec(
            name=Must(text),
            class_type=Must(one_of("COMMON PREFERRED")),
            default_id_prefix=Must(text),
            initial_shares_authorized=Must(authorised),
            **approvals,
            votes_per_share=Must(NUMERIC),
            par_value=MONETARY,
            price_per_share=MONETARY,
            seniority=Must(NUMERIC),
            conversion_rights=list_of(RIGHTS["STOCK_CLASS_CONVERSION_RIGHT"]),
            liquidation_preference_multiple=NUMERIC,
            participation_cap_multiple=NUMERIC,
        ),
        "STOCK_LEGEND_TEMPLATE": spec(name=Must(text), text=Must(text)),
        "STOCK_PLAN": spec(
            exactly_one("stock_class_ids", "stock_class_id"),
            plan_name=Must(text),
            **approvals,
            initial_shares_reserved=Must(NUMERIC),
            default_cancellation_behavior=one_of(
                "RETIRE RETURN_TO_POOL HOLD_AS_CAPITAL_STOCK DEFINED_PER_PLAN_SECURITY"
            ),
            stock_class_id=text,
            stock_class_ids=list_of(text, least=1),
        ),
        "VALUATION": spec(
            provider=text,
            **approvals,
            price_per_share=Must(MONETARY),
            effective_date=Must(day),
            stock_class_id=Must(text),
            valuation_type=Must(one_of("409A")),
        ),
        "VESTING_TERMS": spec(
            name=Must(text),
            description=Must(text),
            allocation_type=Must(
                one_of(
                    "CUMULATIVE_ROUNDING CUMULATIVE_ROUND_DOWN FRONT_LOADED BACK_LOADED FRONT_LOADED_TO_SINGLE_TRANCHE"
                    " BACK_LOADED_TO_SINGLE_TRANCHE FRACTIONAL"
                )
            ),
            vesting_conditions=Must(list_of(vesting_condition(cliff=main), least=1)),
        ),
        "FINANCING": spec(name=Must(text), issuance_ids=Must(list_of(text, least=1)), date=Must(day)),
        "DOCUMENT": spec(
            exactly_one("path", "uri"), path=text, uri=text, md5=Must(MD5), related_objects=list_of(object_reference)
        ),
    }
