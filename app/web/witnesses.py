"""What was signed of the journal, and what the witnesses say of it: for auditors, and for whoever runs the service."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.web.site import Here, Pages, View
from app.witnesses import Trouble
from ledger.errors import NotFound, Tampered
from ledger.notes import Checkpoint, halves

pages = Pages(early=True)

TOLD: Mapping[Trouble, str] = {
    Trouble.SILENT: "It does not answer, or is not well. It is asked again and again.",
    Trouble.STRANGER: "It does not know this journal. Whoever runs it must be told the journal's name and key.",
    Trouble.KEY: "It knows this journal under another key. Whoever runs it must be told the new one, and why.",
    Trouble.FORK: "It says that the journal does not go on from what it has seen: history was rewritten.",
    Trouble.AHEAD: "It has seen more entries than there are: this is an older copy of the record, or another record.",
    Trouble.FORGOT: "It has seen less than it cosigned: its own memory was put back. Its word is worth nothing now.",
    Trouble.UNFIT: "It answers something else than its cosignature. Its key may not be the one that is set here.",
}
"""Why a witness has not cosigned, in words."""


@pages.get("/witnesses", (Role.AUDITOR, Role.ADMIN))
def witnesses(db: Session, here: Here) -> View:
    """The newest checkpoint, the key to check it with, and where each witness stands."""
    del db
    cosigned = here.cosigned
    assert cosigned is not None
    try:
        note, found = cosigned.newest()
        signed, key, fault = Checkpoint.read(halves(note)[0]), str(cosigned.signer.verifier()), ""
    except NotFound:
        note, found, signed, key, fault = "", (), None, "", ""
    except Tampered as wrong:
        note, found, signed, key, fault = "", (), None, "", str(wrong)
    standings = [(one, cosigned.standing(one)) for one in cosigned.witnesses]
    return View(
        "witnesses.html",
        {
            "note": note,
            "signed": signed,
            "key": key,
            "fault": fault,
            "count": len(found),
            "quorum": cosigned.quorum,
            "is_quorate": cosigned.is_quorate,
            "witnesses": [
                (one, standing, here.words.say(TOLD[standing.trouble]) if standing.trouble else "")
                for one, standing in standings
            ],
        },
    )
