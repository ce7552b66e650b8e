"""What a reader of an Open Cap Format package has to say: one finding a fact, from a closed list of codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The package must not be imported."""
    WARNING = "warning"
    """Importable; something is not as the format wants it, or is kept without effect."""
    INFO = "info"
    """Worth knowing, nothing to do."""


class Code(StrEnum):
    """Every kind of finding; the words are part of the interface and never change their meaning."""

    UNREADABLE = "unreadable"
    """The path, the zip or a file in it can't be read at all."""
    UNSAFE_PATH = "unsafe_path"
    """A path that is absolute, climbs out of the package, or is a link."""
    TOO_LARGE = "too_large"
    """More bytes or files than a package may have, or a zip that swells."""
    ENCRYPTED = "encrypted"
    """A zip member that needs a password."""
    NO_MANIFEST = "no_manifest"
    """No file says that it is the manifest."""
    MANY_MANIFESTS = "many_manifests"
    """More than one file says that it is the manifest."""
    MISSING_FILE = "missing_file"
    """The manifest lists a file that is not there."""
    DUPLICATE_FILE = "duplicate_file"
    """A file is listed twice, or a zip holds two members of one name."""
    NOT_JSON = "not_json"
    """Not well-formed JSON in UTF-8."""
    WRONG_FILE_TYPE = "wrong_file_type"
    """A file is not of the type under which the manifest lists it."""
    NOT_LISTED = "not_listed"
    """A ``*.ocf.json`` file that the manifest does not list; it is not read."""
    CHECKSUM = "checksum"
    """A file's MD5 is not the one in the manifest."""
    UNKNOWN_VERSION = "unknown_version"
    """An ``ocf_version`` other than the two that are understood; read as the newer of them."""

    MISSING_FIELD = "missing_field"
    """A field that the schema requires is absent, or only a placeholder ``{"omitted": true}``."""
    UNKNOWN_FIELD = "unknown_field"
    """A field that the schema does not know; kept as it is."""
    WRONG_TYPE = "wrong_type"
    """Text where an object is due, a JSON number where a string is due, and so on."""
    WRONG_VALUE = "wrong_value"
    """Not one of the words that the schema allows there."""
    WRONG_FORMAT = "wrong_format"
    """Not written like a date, a decimal, a currency, an e-mail address…"""
    WRONG_COMBINATION = "wrong_combination"
    """Fields that exclude each other, or alternatives none of which fits."""
    WRONG_LENGTH = "wrong_length"
    """A list that is too short or names something twice."""
    UNKNOWN_TYPE = "unknown_type"
    """An ``object_type`` that the format does not have; kept as a memo."""
    NOT_IN_VERSION = "not_in_version"
    """An ``object_type`` that only the newer version has; understood all the same."""

    DUPLICATE_ID = "duplicate_id"
    """Two items of one id."""
    DUPLICATE_SECURITY = "duplicate_security"
    """Two issuances of one security id."""
    DUPLICATE_LABEL = "duplicate_label"
    """Two securities with one certificate or grant number (``custom_id``)."""
    UNKNOWN_REFERENCE = "unknown_reference"
    """An id that nothing in the package has; what needs it is kept as a memo, without effect."""
    IMPLIED_PLAN = "implied_plan"
    """Grants name a plan that is not in the package; they count under it, its reserve is unknown."""
    MISSING_ISSUANCE = "missing_issuance"
    """A transaction names a security that should come out of it, but nothing issues that."""
    BEFORE_ISSUANCE = "before_issuance"
    """Something happens to a security before it is issued."""
    DATES_DIFFER = "dates_differ"
    """What comes out of a transaction bears another date than the transaction."""
    QUANTITY_INVALID = "quantity_invalid"
    """A quantity that is not above zero, has more than six decimal places, or is above 2^53 - 1."""
    OVERDRAWN = "overdrawn"
    """More is taken from a security than it has."""
    UNBALANCED = "unbalanced"
    """What comes out of a transaction is not what went in."""
    WRONG_RESULT = "wrong_result"
    """What comes out is of another kind, class or holder than it can be."""
    POOL_EXHAUSTED = "pool_exhausted"
    """A plan's grants exceed what is reserved for it."""
    AUTHORISED_EXHAUSTED = "authorised_exhausted"
    """A class has more shares outstanding than are authorised."""
    SPLIT_BY_REISSUANCE = "split_by_reissuance"
    """The package carries out a split certificate by certificate; its ratio is not applied again."""
    VESTING_INVALID = "vesting_invalid"
    """Vesting terms that can't be followed, or instalments that do not add up to the grant."""
    ASSUMED = "assumed"
    """Something that the ledger needs and the format has no place for; what it is taken to be."""
    RENAMED = "renamed"
    """An id or number that can't stand in the journal, or that another one has; it gets one of ours."""
    AFTER_AS_OF = "after_as_of"
    """Items dated after the day as of which the manifest says the package is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        severity: Whether it stops the import.
        code: What kind of thing.
        object_id: Id of the item, as the package has it; empty for a file or the package itself.
        message: What is wrong and what to do, in words a founder can read.
        file: Path inside the package, where one is concerned.
        pointer: JSON pointer inside the item (``/quantity``), empty for the item as a whole.
    """

    severity: Severity
    code: Code
    object_id: str
    message: str
    file: str = ""
    pointer: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the API and the command line print it."""
        return {
            "severity": self.severity.value,
            "code": self.code.value,
            "object_id": self.object_id,
            "message": self.message,
            "file": self.file,
            "pointer": self.pointer,
        }
