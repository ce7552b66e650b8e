"""The company, its holders, classes, plans and valuations as objects of the format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.imports.ocf.remarks import Object
from app.reports.ocf.items import item
from ledger.equity.values import (
    ClassKind,
    Engagement,
    EngagementKind,
    Group,
    Holder,
    HolderKind,
    Issuer,
    Plan,
    ShareClass,
    Valuation,
)
from ledger.types import Price

ONE_MEMBER_ONE_VOTE = "One member, one vote: the shares of this class carry no votes of their own."


def issuer_item(issuer: Issuer, on: date) -> Object:
    """Return the company; where its birthday or country are not on record, what stands there is marked as assumed."""
    assumed = [
        name
        for name, value in (("formation_date", issuer.formed_on), ("country_of_formation", issuer.country))
        if value is None
    ]
    return item(
        "ISSUER",
        issuer.id,
        {
            "on": on,
            "kind": issuer.kind.value,
            "time_zone": issuer.time_zone,
            "fiscal_year_end": issuer.fiscal_year_end,
            "currency": issuer.currency,
            "assumed": assumed or None,
        },
        legal_name=issuer.legal_name,
        formation_date=issuer.formed_on or on,
        country_of_formation=issuer.country or "US",
    )


def stakeholder_item(
    holder: Holder, on: date, name: str, identity: Mapping[str, Any], relationship: str | None
) -> Object:
    """Return a holder.

    Args:
        holder: As recorded.
        on: The day the record counts from.
        name: What they are called, also after their name was erased.
        identity: What else the vault knows of them.
        relationship: How they are engaged, in the format's words.
    """
    return item(
        "STAKEHOLDER",
        holder.id,
        {
            "on": on,
            "licensed": holder.licensed or None,
            "nameless": holder.identity is None or None,
            "identity": others(identity),
        },
        name={"legal_name": name},
        stakeholder_type="INDIVIDUAL" if holder.kind is HolderKind.INDIVIDUAL else "INSTITUTION",
        current_relationship=relationship,
        contact_info=contact(identity),
    )


def contact(identity: Mapping[str, Any]) -> Object | None:
    """Return how to reach someone, or None where no e-mail address is known."""
    email = identity.get("email")
    return {"emails": [{"email_type": "PERSONAL", "email_address": email}]} if isinstance(email, str) else None


def others(identity: Mapping[str, Any]) -> Object | None:
    """Return what else is known of someone, which the format has no place for."""
    return {name: value for name, value in identity.items() if name not in ("name", "email")} or None


_RELATIONSHIPS = {
    EngagementKind.W2: "EMPLOYEE",
    EngagementKind.C1099: "CONSULTANT",
    EngagementKind.OWNER: "FOUNDER",
    EngagementKind.INVESTOR: "INVESTOR",
}


def relationship_of(running: Iterable[Engagement], ended: Iterable[Engagement]) -> str | None:
    """Return how someone is (or was last) engaged, in the format's words, or None where nothing is on record."""
    for one in running:
        if one.kind is EngagementKind.OWNER and one.shown_as is not Group.FOUNDER:
            return "OTHER"
        return _RELATIONSHIPS[one.kind]
    for one in ended:
        if one.kind in {EngagementKind.W2, EngagementKind.C1099}:
            return f"EX_{_RELATIONSHIPS[one.kind]}"
    return None


def class_item(of: ShareClass, on: date, *, authorised: str, converts_to: str | None, currency: str) -> Object:
    """Return a class of shares.

    Args:
        of: As recorded.
        on: The day the record counts from.
        authorised: Written out.
        converts_to: The class that it converts into, as the package calls it.
        currency: The company's.
    """
    is_membership = of.kind is ClassKind.MEMBER_SHARE
    converts = [] if converts_to is None else [_right(of, converts_to, currency)]
    return item(
        "STOCK_CLASS",
        of.id,
        {
            "on": on,
            "kind": of.kind.value if of.kind in {ClassKind.MEMBER_SHARE, ClassKind.UNITS} else None,
            "decimals": of.decimals,
            "votes_per_share": of.votes_per_share if is_membership else None,
            "licensed_only": of.licensed_only or None,
        },
        name=of.name,
        class_type="PREFERRED" if of.kind is ClassKind.PREFERRED else "COMMON",
        default_id_prefix=of.prefix,
        initial_shares_authorized=authorised,
        votes_per_share="0" if is_membership else str(of.votes_per_share),
        seniority=str(of.seniority),
        par_value=of.par_value,
        price_per_share=of.original_price,
        liquidation_preference_multiple=of.liquidation_multiple,
        conversion_rights=converts or None,
        comments=[ONE_MEMBER_ONE_VOTE] if is_membership else None,
    )


def _right(of: ShareClass, target: str, currency: str) -> Object:
    mechanism = ratio_mechanism(of.ratio_numerator, of.ratio_denominator, of.original_price, currency)
    return {
        "type": "STOCK_CLASS_CONVERSION_RIGHT",
        "conversion_mechanism": mechanism,
        "converts_to_stock_class_id": target,
    }


def ratio_mechanism(numerator: int, denominator: int, price: Price | None, currency: str) -> Object:
    """Return conversion at a ratio, what a fraction of a share would be dropped."""
    paid = price or Price(0, 0, currency)
    return {
        "type": "RATIO_CONVERSION",
        "conversion_price": {"amount": paid.text, "currency": paid.currency},
        "ratio": {"numerator": str(numerator), "denominator": str(denominator)},
        "rounding_type": "FLOOR",
    }


def plan_item(plan: Plan, on: date, *, reserved: str, class_id: str) -> Object:
    """Return a plan with what is reserved for it at first, written out, and its class as the package calls it."""
    return item(
        "STOCK_PLAN",
        plan.id,
        {
            "on": on,
            "holds_to_grant_date": plan.holds_to_grant_date or None,
            "pauses_for_leave": plan.pauses_for_leave or None,
            "implied": plan.implied or None,
            "resolution_ref": plan.resolution_ref,
            "counsel_memo_ref": plan.counsel_memo_ref,
        },
        plan_name=plan.name,
        board_approval_date=plan.adopted_on,
        initial_shares_reserved=reserved,
        default_cancellation_behavior=plan.return_rule.value,
        stock_class_ids=[class_id],
    )


def valuation_item(valuation: Valuation, on: date, *, class_id: str) -> Object:
    """Return a 409A valuation of a class, as the package calls it."""
    return item(
        "VALUATION",
        valuation.id,
        {"expires_on": valuation.expires_on},
        price_per_share=valuation.price,
        effective_date=on,
        board_approval_date=valuation.approved_on,
        stock_class_id=class_id,
        valuation_type="409A",
    )
