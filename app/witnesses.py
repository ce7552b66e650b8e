"""The witnesses of checkpoints: who they are, what each has said, and the newest checkpoint with what they said of it.

They are run by others. Each keeps the newest checkpoint that it has seen and signs a later one only when nothing before
was changed, so the service can't show one history to some and another to others. What a witness said stands in a file
beside the signing key.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from app.checkpoints import Signer, signer_of, write
from app.config import Settings
from ledger.cosignatures import Cosignature, WitnessKey, cosignatures
from ledger.errors import NotFound, Tampered
from ledger.notes import Checkpoint, halves


class WitnessesUnset(ValueError):
    """The settings don't say who the witnesses are."""


class Trouble(StrEnum):
    """Why a witness has not cosigned the newest checkpoint."""

    SILENT = "SILENT"
    """It does not answer, or is not well."""
    STRANGER = "STRANGER"
    """It does not know this journal."""
    KEY = "KEY"
    """It knows this journal under another key."""
    FORK = "FORK"
    """It says that the journal does not go on from what it has seen."""
    AHEAD = "AHEAD"
    """It has seen more entries than there are: this is an older copy, or another."""
    FORGOT = "FORGOT"
    """It has seen less than it cosigned: its own memory was put back."""
    UNFIT = "UNFIT"
    """It answers something else than its cosignature."""


GRAVE = frozenset({Trouble.FORK, Trouble.AHEAD, Trouble.FORGOT})
"""Of which somebody should hear at once."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who cosigns checkpoints.

    Attributes:
        address: What its requests begin with.
    """

    key: WitnessKey
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a witness has said so far.

    Attributes:
        size: How many entries the newest checkpoint that it cosigned has; 0 for none.
        line: Its cosignature.
        at: When it cosigned, by its own clock, in seconds since 1970.
        trouble: Why it has not cosigned the newest one; None where it has, or was not asked yet.
        told: What it answered then.
        tries: How often in a row it was asked in vain.
        tried_at: When it was asked last, in seconds since 1970.
    """

    size: int = 0
    line: str = ""
    at: int = 0
    trouble: Trouble | None = None
    told: str = ""
    tries: int = 0
    tried_at: int = 0

    @property
    def is_grave(self) -> bool:
        """Whether somebody should hear of it at once."""
        return self.trouble in GRAVE


def witnesses_of(settings: Settings) -> tuple[Witness, ...]:
    """Return who cosigns checkpoints as the settings say.

    Raises:
        WitnessesUnset: They can't be read.
    """
    words = settings.checkpoint_witnesses.replace(",", " ").split()
    if len(words) % 2:
        raise WitnessesUnset("VESTRY_CHECKPOINT_WITNESSES names each witness by address and key: https://… name+hash+…")
    found = []
    for address, key in zip(words[::2], words[1::2], strict=True):
        url = urlsplit(address)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise WitnessesUnset(f"In VESTRY_CHECKPOINT_WITNESSES, {address!r} is no address, such as https://….")
        try:
            found.append(Witness(WitnessKey.read(key), address.rstrip("/")))
        except Tampered as wrong:
            raise WitnessesUnset(f"In VESTRY_CHECKPOINT_WITNESSES, {key!r}: {wrong}") from None
    if len({one.key for one in found}) < len(found):
        raise WitnessesUnset("VESTRY_CHECKPOINT_WITNESSES names one witness twice.")
    if found and not 1 <= settings.checkpoint_quorum <= len(found):
        raise WitnessesUnset(f"VESTRY_CHECKPOINT_QUORUM is from 1 to {len(found)}, the number of witnesses.")
    return tuple(found)


class Cosigned:
    """What was signed last, and what the witnesses say of it, as files beside the key."""

    def __init__(self, signer: Signer, witnesses: Sequence[Witness], quorum: int) -> None:
        self.signer, self.witnesses, self.quorum = signer, tuple(witnesses), quorum

    def standing(self, witness: Witness) -> Standing:
        """Return what a witness has said; nothing where its file is not there or can't be read."""
        try:
            told = json.loads(self._file(witness).read_text())
            trouble = told.pop("trouble")
            return Standing(**told, trouble=None if trouble is None else Trouble(trouble))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # it is the witness who remembers; asked anew, it says where it stands
            return Standing()

    def keep(self, witness: Witness, standing: Standing) -> None:
        """Keep what a witness has said, and the checkpoint where enough have cosigned it."""
        write(self._file(witness), json.dumps(asdict(standing)))
        note, found = self.newest()
        if len(found) >= self.quorum:
            write(self._quorate, note)

    def newest(self) -> tuple[str, tuple[Cosignature, ...]]:
        """Return the newest checkpoint, with the cosignatures that came so far.

        Raises:
            NotFound: Nothing was ever signed.
        """
        note = self.signer.latest()
        text, _ = halves(note)
        size = Checkpoint.read(text).size
        found: list[Cosignature] = []
        for one in self.witnesses:
            standing = self.standing(one)
            if standing.size == size:
                try:
                    found += cosignatures(text, standing.line, [one.key])
                except Tampered:
                    continue  # of a checkpoint that another key signed
        return note + "".join(one.line for one in found), tuple(found)

    def refusing(self) -> tuple[Witness, ...]:
        """Return the witnesses of whom somebody should hear at once."""
        return tuple(one for one in self.witnesses if self.standing(one).is_grave)

    def quorate(self) -> str:
        """Return the newest checkpoint that enough witnesses have cosigned.

        Raises:
            NotFound: There is none, or nobody is to cosign.
        """
        try:
            return self._quorate.read_text()
        except FileNotFoundError:
            raise NotFound("No checkpoint has been cosigned by enough witnesses yet.") from None

    @property
    def is_quorate(self) -> bool:
        """Whether enough witnesses have cosigned a checkpoint."""
        return self._quorate.exists()

    @property
    def _quorate(self) -> Path:
        return self.signer.beside(".witnessed")

    def _file(self, witness: Witness) -> Path:
        return self.signer.beside(f".witness-{witness.key.id.hex()}")


def cosigned_of(settings: Settings) -> Cosigned:
    """Return what was signed last and what the witnesses say of it, as the settings say.

    Raises:
        WitnessesUnset: The settings can't be read.
    """
    return Cosigned(signer_of(settings), witnesses_of(settings), settings.checkpoint_quorum)
