"""Why a pass, a ballot or a published poll is refused; the tree goes on where ``governance.errors`` ends.

::

    Invalid
    ├── NotCanonical                JSON that is not in its one form
    ├── ManifestInvalid             a poll that could not be run as announced
    ├── KeyUnfit                    no RSA key of the form that passes need
    ├── BlindedValueInvalid         nothing that could be signed: wrong length or out of range
    ├── PassSignatureInvalid        what came back is no pass of this poll
    ├── ReceiptInvalid              a receipt that the box did not sign, or for another ballot
    ├── LogInvalid                  a log that is broken off, out of order or changed
    ├── PollUnsound                 what registrar, box or auditor told does not fit together
    └── RecordInvalid               a ballot that the box can't take; each class names the check it fails
        ├── RecordTooLong
        ├── RecordMalformed         not a record, or not in its one form
        ├── OtherPoll               made for another poll
        ├── OtherPass               the ballot names another pass than it comes with
        ├── PassNotSigned           a registrar has not signed its pass
        ├── BallotNotSigned         not signed with the pass's own key
        ├── SeqOutOfRange           changed more often than the poll allows
        └── ChoiceNotOffered        a choice that this poll does not offer
    Conflict
    ├── PassTaken                   their pass is on another device: there is one for each voter
    ├── BoxClosed                   no ballots are taken now
    ├── SequenceTaken               a later ballot of the same pass lies in the box
    └── Outvoted                    a later ballot of the same pass counts instead
    Tampered
    ├── BallotMissing               the box promised to hold a ballot and does not
    └── SigningFailed               the arithmetic went wrong; nothing was released
"""

from __future__ import annotations

from ledger.errors import Conflict, Invalid, Tampered


class NotCanonical(Invalid):
    """JSON that is not in its one form: sorted keys, no spaces, whole numbers."""

    code = "not_canonical"


class ManifestInvalid(Invalid):
    """A poll that could not be run as announced."""

    code = "manifest_invalid"


class KeyUnfit(Invalid):
    """No RSA key of the size and exponent that passes need."""

    code = "key_unfit"


class BlindedValueInvalid(Invalid):
    """Nothing that could be signed: of the wrong length or out of range."""

    code = "blinded_value_invalid"


class PassSignatureInvalid(Invalid):
    """What the registrar sent back does not make a pass of this poll."""

    code = "pass_signature_invalid"


class ReceiptInvalid(Invalid):
    """A receipt that the box did not sign, or that is for another ballot."""

    code = "receipt_invalid"


class LogInvalid(Invalid):
    """A log whose entries do not follow from one another."""

    code = "log_invalid"


class RecordInvalid(Invalid):
    """A ballot that the box can't take."""

    code = "record_invalid"


class RecordTooLong(RecordInvalid):
    """Longer than what every ballot is padded to."""

    code = "record_too_long"


class RecordMalformed(RecordInvalid):
    """Not a record, or not in its one form."""

    code = "record_malformed"


class OtherPoll(RecordInvalid):
    """The ballot was made for another poll."""

    code = "other_poll"


class OtherPass(RecordInvalid):
    """The ballot names another pass than the one it comes with."""

    code = "other_pass"


class PassNotSigned(RecordInvalid):
    """A registrar of the poll has not signed the pass."""

    code = "pass_not_signed"


class BallotNotSigned(RecordInvalid):
    """The ballot is not signed with the key of its pass."""

    code = "ballot_not_signed"


class SeqOutOfRange(RecordInvalid):
    """The number of the ballot is not one of those that a pass may use."""

    code = "seq_out_of_range"


class ChoiceNotOffered(RecordInvalid):
    """The poll does not offer this choice."""

    code = "choice_not_offered"


class BallotMissing(Tampered):
    """The box promised to hold this ballot and does not: keep the receipt, it shows that."""

    code = "ballot_missing"


class PollUnsound(Invalid):
    """What was told of a poll does not fit together."""

    code = "poll_unsound"


class PassTaken(Conflict):
    """Their pass is on another device: there is one for each voter."""

    code = "already_issued"


class BoxClosed(Conflict):
    """The box takes no ballots now."""

    code = "voting_closed"


class SequenceTaken(Conflict):
    """A later ballot of this pass lies in the box, or another one with this number."""

    code = "seq_taken"


class Outvoted(Conflict):
    """A later ballot of the same pass counts instead; if the voter did not cast it, somebody else has the pass."""

    code = "outvoted"


class SigningFailed(Tampered):
    """A signature came out wrong and was withheld: released, it could have given the key away."""

    code = "signing_failed"
