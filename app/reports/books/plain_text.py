"""Books as plain text for hledger and for beancount; both accept the files as they are, in their strictest check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.reports.books.facts import Books, Leg, is_money
from ledger.types import decimal_text

LONGEST_SYMBOL = 24
"""Letters of a beancount commodity."""

TYPES = {"book": "Assets"}
"""First word of an account to what kind of account it is in bookkeeping; any other is equity."""


def as_hledger(books: Books) -> bytes:
    """Return a journal for hledger (1.21 and later): ``hledger -f FILE check --strict``."""
    lines = [f"; {line}" for line in _about(books)]
    lines.append("decimal-mark .")
    for asset, places in sorted(books.decimals.items()):
        lines.append(f"commodity {_hledger_amount(0, places, _hledger_symbol(asset), is_declared=True)}")
    for path, _ in books.accounts:
        called = _called(books, path)
        lines.append(f"account {_hledger_account(path)}{f'  ; {called}' if called else ''}")
    for one in books.transactions:
        lines += ["", f"{one.on} ({one.n}) {one.kind}"]
        lines += [f"    {_hledger_account(leg.account)}  {_hledger_leg(books, leg)}" for leg in one.legs]
    return _whole(lines)


def as_beancount(books: Books) -> bytes:
    """Return a file for beancount (2 and 3): ``bean-check FILE``."""
    lines = [f"; {line}" for line in _about(books)]
    lines.append(f'option "title" "{_quoted(books.source.legal_name)}"')
    first = books.transactions[0].on if books.transactions else books.source.as_of
    for asset in sorted(books.decimals):
        lines += [f"{first} commodity {_symbol(asset)}", f'  asset: "{asset}"']
    for path, asset in books.accounts:
        lines += [f"{first} open {_account(path)} {_symbol(asset)}", f'  path: "{path}"']
        called = _called(books, path)
        if called:
            lines.append(f'  called: "{_quoted(called)}"')
    for one in books.transactions:
        lines += ["", f'{one.on} * "{one.kind}"', f"  entry: {one.n}"]
        lines += [f"  {_account(leg.account)}  {_leg(books, leg)}" for leg in one.legs]
    return _whole(lines)


def signed(leg: Leg) -> int:
    """Return what bookkeeping programs show of a leg: money by their rule, where a credit is below zero."""
    return -leg.amount if is_money(leg.asset) else leg.amount


def _about(books: Books) -> Iterator[str]:
    source = books.source
    yield _line(f"{source.legal_name}: the equity record as of {source.as_of}, as known before entry {source.known_at}")
    yield f"Root of the journal: {source.root}"
    yield "Units of shares count up in the account that holds them. Of money, equity is below zero, as is the custom."


def _whole(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _called(books: Books, path: str) -> str:
    return _line(books.called.get(path.partition(":")[2], ""))


def _line(text: str) -> str:
    """Return a text as one line in which nothing begins another field or comment."""
    return re.sub(r"[\s;|]+", " ", text).strip()


def _quoted(text: str) -> str:
    return _line(text).replace("\\", "\\\\").replace('"', '\\"')


def _hledger_account(path: str) -> str:
    return f"{TYPES.get(path.partition(':')[0], 'Equity').lower()}:{path}"


def _hledger_symbol(asset: str) -> str:
    kind, _, name = asset.partition(":")
    return name if kind == "MONEY" else f'"{name}"'


def _hledger_leg(books: Books, leg: Leg) -> str:
    return _hledger_amount(signed(leg), books.decimals[leg.asset], _hledger_symbol(leg.asset))


def _hledger_amount(units: int, places: int, symbol: str, *, is_declared: bool = False) -> str:
    text = decimal_text(units, places)
    # a declaration shows the decimal mark, also where nothing comes after it
    return f"{_padded(text, places) if is_declared else text} {symbol}"


def _padded(text: str, places: int) -> str:
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(places, '0')}"


def _leg(books: Books, leg: Leg) -> str:
    return f"{decimal_text(signed(leg), books.decimals[leg.asset])} {_symbol(leg.asset)}"


def _account(path: str) -> str:
    """Return a path as beancount writes accounts: words that begin with a capital or a digit."""
    first = TYPES.get(path.partition(":")[0], "Equity")
    return ":".join([first, *(_word(part) for part in path.split(":"))])


def _word(part: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9-]", "-", part)
    return plain[:1].upper() + plain[1:]


def _symbol(asset: str) -> str:
    """Return an asset as a commodity: the currency, or the end of the class's id, which is where ids differ."""
    kind, _, name = asset.partition(":")
    if kind == "MONEY":
        return name
    return "C" + re.sub(r"[^A-Z0-9]", "", name.upper())[-(LONGEST_SYMBOL - 1) :]
