"""The register of members as a report, which is the roll of a vote whose record date is its day (reports.md R16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.reports.report import Report, Source
from ledger.members import Enrolled

MEMBERS = ("member_no", "class", "since", "status", "eligible_on_record_date", "member_id", "name", "ended_on")


def members(register: Iterable[Enrolled], source: Source, names: Mapping[str, str]) -> Report:
    """Return the register (R16), by number: everybody who ever was a member by the day, one row a membership.

    Who is eligible has one vote, whatever they hold; the day of the report is the record date.
    """
    rows = tuple(
        (
            each.membership.number,
            each.membership.member_class.value,
            each.membership.starts_on,
            "member" if each.is_eligible else "left",
            "yes" if each.is_eligible else "no",
            each.membership.member,
            names.get(each.membership.member, each.membership.member),
            each.end.ended_on if each.end else None,
        )
        for each in register
    )
    return Report("members", source, MEMBERS, rows)
