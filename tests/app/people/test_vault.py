"""The vault: what it keeps is proved by the journal, and can be erased without changing it."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.people import holders, tables, vault
from ledger import journal
from ledger.equity.values import Holder, HolderKind
from ledger.errors import AlreadyExists, Invalid, NotFound
from ledger.reading import find
from ledger.records import canonical
from ledger.verify import verify
from tests import make

AVA = {"name": "Ava Okonkwo", "email": "ava@example.org"}


def named(db: Session, name: str = "Ava Okonkwo") -> Holder:
    document = {"name": name, "email": "ava@example.org"}
    return holders.add_named_holder(db, make.act(), document, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING)


def test_the_entry_holds_a_digest_and_no_name(db: Session) -> None:
    holder = named(db)
    row = db.execute(select(tables.vault)).one()
    assert holder.identity == row.digest == sha256(row.salt + row.document).hexdigest()
    assert row.document == b'{"email":"ava@example.org","name":"Ava Okonkwo"}'
    payload = journal.entry_at(db, 0)
    assert "Ava" not in str(payload)
    assert vault.identity_of(db, holder.id) == AVA


def test_two_holders_of_one_name_have_two_digests(db: Session) -> None:
    assert named(db).identity != named(db).identity


def test_the_newest_name_counts_and_a_reversed_one_does_not(db: Session) -> None:
    holder = named(db)
    holders.rename_holder(db, make.act(), holder.id, {"name": "Ava Reyes"}, on=make.BEGINNING)
    assert vault.names(db) == {holder.id: "Ava Reyes"}
    assert vault.identity_of(db, holder.id) == {"name": "Ava Reyes"}
    journal.reverse(db, make.act(), 1, reason="married later")
    assert vault.names(db) == {holder.id: "Ava Okonkwo"}


def test_an_erased_holder_is_a_former_member_with_a_number_that_stays(db: Session) -> None:
    first, second = named(db), named(db, "Ben Adeyemi")
    holders.rename_holder(db, make.act(), second.id, {"name": "Ben A."}, on=make.BEGINNING)
    root = journal.head_at(db, journal.size(db)).root()
    assert vault.erase(db, second.id) == 2
    assert vault.names(db) == {first.id: "Ava Okonkwo", second.id: "Former member #2"}
    assert vault.identity_of(db, second.id) is None
    named(db, "Cleo Marsh")
    assert vault.names(db)[second.id] == "Former member #2"
    assert journal.head_at(db, 3).root() == root
    assert vault.check_vault(db) is None
    assert verify(db).fault is None


def test_names_of_some_are_those_of_all(db: Session) -> None:
    holders_there = [named(db, "Ava"), named(db, "Ben"), make.holder(db), named(db, "Cleo")]
    vault.erase(db, holders_there[3].id)
    every_name = vault.names(db)
    asked = [holder.id for holder in holders_there[1:]]
    assert vault.names(db, asked) == {id: every_name[id] for id in asked}
    assert vault.names(db, []) == {}


def test_a_holder_without_a_name_is_called_by_their_id(db: Session) -> None:
    holder = make.holder(db)
    assert vault.names(db) == {holder.id: holder.id}
    assert vault.identity_of(db, holder.id) is None


@pytest.mark.parametrize("document", [{}, {"name": " "}, {"name": None}, {"name": 7}, {"email": "ava@example.org"}])
def test_a_name_is_needed(db: Session, document: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="needs a name"):
        holders.add_named_holder(db, make.act(), document, kind=HolderKind.ENTITY, on=make.BEGINNING)
    assert journal.size(db) == 0


def test_a_taken_id_and_an_unknown_one_are_refused(db: Session) -> None:
    holder = named(db)
    with pytest.raises(AlreadyExists):
        holders.add_named_holder(db, make.act(), AVA, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING, id=holder.id)
    with pytest.raises(NotFound):
        holders.rename_holder(db, make.act(), "hld_nobody", AVA, on=make.BEGINNING)
    with pytest.raises(NotFound):
        vault.identity_of(db, "hld_nobody")


@pytest.mark.parametrize("column", ["document", "salt"])
def test_a_changed_document_is_found(db: Session, column: str) -> None:
    holder = named(db)
    named(db, "Ben Adeyemi")
    assert vault.check_vault(db) is None
    changed = update(tables.vault).where(tables.vault.c.subject == holder.id).values({column: b'{"name":"Mallory"}'})
    db.execute(changed)
    fault = vault.check_vault(db)
    assert fault is not None
    assert holder.id in str(fault)


def test_a_document_that_no_entry_names_is_found(db: Session) -> None:
    named(db)
    stray = vault.sealed(make.act(), vault.VaultKind.SOURCE, "st_9", {"object_type": "STAKEHOLDER"})
    vault.keep(db, [stray])
    fault = vault.check_vault(db)
    assert fault is not None
    assert "no entry names" in fault.message


def test_a_digest_that_was_overwritten_is_found(db: Session) -> None:
    holder = named(db)
    db.execute(update(tables.vault).values(digest="0" * 64))
    fault = vault.check_vault(db)
    assert fault is not None
    assert holder.id in fault.message


def test_the_database_takes_no_kind_of_document_it_does_not_know(db: Session) -> None:
    row = {"digest": "d", "subject": "s", "kind": "SECRET", "salt": b"", "document": b""}
    with pytest.raises(Exception, match=r"(?i)check"):
        db.execute(insert(tables.vault), [row])


def test_keeping_nothing_is_nothing(db: Session) -> None:
    vault.keep(db, [])
    assert vault.check_vault(db) is None
    assert find(db, Holder, named(db).id).kind is HolderKind.INDIVIDUAL


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1), max_size=4))
def test_a_digest_proves_exactly_its_document(document: dict[str, str | int]) -> None:
    item = vault.sealed(make.act(), vault.VaultKind.SOURCE, "st_1", dict(document))
    assert vault.digest_of(item.salt, item.document) == item.digest
    assert item.document == canonical(dict(document))
    assert vault.digest_of(item.salt, item.document + b" ") != item.digest
