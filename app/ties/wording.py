"""What each check claims, what it says of its figures, and what it covers, in English; pages say it in any language."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "authorised": "Nothing is issued or reserved above what is authorised",
    "pools": "What left each pool adds up to what it has left",
    "roll-forward": "A roll-forward opens with what the one before closed with",
    "holders": "Holders add up to classes",
    "instalments": "Instalments add up to their grants",
    "vested": "No grant has vested or been used beyond its units",
    "resolutions": "Each grant rests on a resolution of the board, not later than the grant",
    "fair-value": "No option is priced below the valuation in force",
    "incentive-options": "Incentive options went to employees only",
    "certificates": "Each exercise and settlement delivered a certificate of its shares",
    "leavers": "What had not vested when somebody left is forfeited and went back the same day",
    "returned": "Pools got back no more than was taken back",
    "relationships": "Each grant names the relationship that the register has",
    "exemptions": "Each grant names the exemption it is made under",
    "form-3921": "Each exercise of incentive options has its Form 3921",
    "expense": "Every grant has a value, and what equity costs adds up",
    "capital": "Capital accounts add up to the net book value",
    "patronage": "Patronage is split to the cent, a fifth of each qualified notice in cash",
    "credit": "No week is credited beyond what was delivered and its limit",
    "rolls": "Each roll has the members of its record date, and no more voted",
    "journal": "The entries hash to the root, and a report made anew is the same",
    "own-grants": "Nobody approved a grant of their own",
    "closed-months": "What came for a closed month after its close is marked so",
}
"""Name of a check to what it claims, in the order of reconciliations that auditors do."""

SENTENCES: Mapping[str, str] = {
    "authorised": "Authorised {authorised}; outstanding and reserved {used}",
    "pools": "Reserved {reserved}; available, outstanding, issued and retired {parts}",
    "roll-forward": "Closing {closing}; opening the next day {opening}",
    "holders": "Holders have {holders}; classes have {classes}",
    "instalments": "Instalments promised {promised}; units granted {granted}",
    "vested": "Vested {vested} of {granted} units granted; exercised or settled {used}",
    "resolutions": "{resolved} of {grants} grants have a resolution in time",
    "fair-value": "{priced} of {grants} grants with a price are at or above the value in force",
    "incentive-options": "{employed} of {grants} incentive options went to employees",
    "certificates": "Delivered {delivered} shares; certificates made of them {certified}",
    "leavers": "Forfeited or expired {lost} units; went back to pools, classes or treasury {back}",
    "returned": "Back in pools {back}; forfeited, expired, cancelled, bought back or withheld {taken}",
    "relationships": "{named} of {grants} relationships named are those of the register",
    "exemptions": "{exempt} of {grants} grants name an exemption",
    "form-3921": "{forms} forms for {exercises} exercises this year",
    "expense": "Expense of the year {year}, by quarters {quarters}; recognised and still to come {parts} of {value}; "
    "{missing} grants without a value",
    "capital": "Accounts hold {accounts}; the net book value is {book}",
    "patronage": "Parts and what is held back {parts}; declared {declared}",
    "credit": "Credited {credited} minutes; delivered or counted {delivered}; {weeks} weeks",
    "rolls": "On rolls {listed}; in the registers {expected}; ballots {ballots}",
    "journal": "{entries} entries; root {root}; cap table {report}",
    "own-grants": "{others} of {grants} grants were approved by somebody else",
    "closed-months": "Entries for closed months after their close {late}; marked {marked}",
}
"""Name of a check to what it says of its figures."""

COVERS: Mapping[str, str] = {
    "authorised": "Shares that a conversion would need are not counted: no entry reserves them.",
    "pools": "A plan known only from an imported record has no pool to check.",
    "roll-forward": "From the first day of the year to the day, and on to the next.",
    "resolutions": "Grants approved and issued here, imported ones are not among them; patronage in units by its "
    "declaration.",
    "fair-value": "By the valuation known when the grant was issued here, at most twelve months old. Whether something "
    "material happened since is on no record.",
    "incentive-options": "Grants approved and issued here, by the register as it is known now.",
    "certificates": "Exercises of an imported record that names no certificate are left out.",
    "leavers": "By the entries that forfeit or end grants; a dismissal that can still be appealed takes nothing.",
    "relationships": "Grants that name one; who was not engaged then has none to name.",
    "exemptions": "Grants approved and issued here; units given as patronage are no sale.",
    "form-3921": "Of the year of the day, up to it.",
    "expense": "From the first value on record on, graded, by elapsed days; before, the expense is kept elsewhere.",
    "patronage": "Split again from the credit that stands beside each part.",
    "credit": "Weeks that are over, by all that is known of them; what was late counts where it was delivered.",
    "rolls": "Open ballots by who cast one, secret ones by the passes given out.",
    "journal": "The whole check, row by row, is vestry verify.",
    "own-grants": "Grants approved and issued here; patronage in units by who previewed it and who declared it.",
    "closed-months": "Entries by the day they count from, sessions by the month they are posted to.",
}
"""Name of a check to what it covers, where that needs saying."""
