"""The methods of counting, and what a choice looks like in each."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """What a voter is asked for."""

    YES_NO = "YES_NO"
    """Yes, no, or an abstention."""
    CONSENT = "CONSENT"
    """Consent, a concern, standing aside, an objection or a block; the last two with a reason."""
    RANKING = "RANKING"
    """Options in order of preference; several may share a place where the method allows it."""
    APPROVAL = "APPROVAL"
    """Any number of options."""
    SCORE = "SCORE"
    """A whole number for each option."""


class Method(StrEnum):
    """How votes are counted."""

    MAJORITY = "majority"
    """Yes against no, by a threshold and a quorum."""
    CONSENT = "consent"
    """Passes unless somebody objects."""
    APPROVAL = "approval"
    """Most approvals."""
    SCORE = "score"
    """Highest sum; an option without a score has 0."""
    STAR = "star"
    """The two highest sums, then whichever of them more voters prefer."""
    IRV = "irv"
    """Instant runoff: the last goes out until one has a majority of what is left."""
    STV = "stv_scottish"
    """Single transferable vote, weighted inclusive Gregory, by the Scottish rules."""
    MEEK = "stv_meek"
    """Single transferable vote by Meek's method."""
    SCHULZE = "schulze"
    """Widest paths over winning votes."""
    RANKED_PAIRS = "ranked_pairs"
    """Pairs are locked in from the clearest on, unless they close a circle."""
    BORDA = "borda"
    """Points by place."""

    @property
    def form(self) -> Form:
        """What a voter is asked for."""
        return _FORMS[self]

    @property
    def allows_shared_places(self) -> bool:
        """Whether several options may share a place in a ranking."""
        return self in {Method.SCHULZE, Method.RANKED_PAIRS, Method.BORDA}

    @property
    def elects_several(self) -> bool:
        """Whether it fills several seats in proportion."""
        return self in {Method.STV, Method.MEEK}


_FORMS = {
    Method.MAJORITY: Form.YES_NO,
    Method.CONSENT: Form.CONSENT,
    Method.APPROVAL: Form.APPROVAL,
    Method.SCORE: Form.SCORE,
    Method.STAR: Form.SCORE,
    Method.IRV: Form.RANKING,
    Method.STV: Form.RANKING,
    Method.MEEK: Form.RANKING,
    Method.SCHULZE: Form.RANKING,
    Method.RANKED_PAIRS: Form.RANKING,
    Method.BORDA: Form.RANKING,
}
