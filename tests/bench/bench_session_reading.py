"""How fast delivered sessions are read: ``python -m tests.bench.bench_session_reading [rows]``.

Each figure is CPU microseconds a row, beside a bare read of the same bytes by the library underneath (``csv``,
``msgspec``) in the same process: ``judged`` is the first pass (decoded, every row judged by itself, put into the
table), ``checked`` all of it, with fingerprints, overlaps and counts. Every case runs in a process of its own, so that
its peak of memory is its own. Figures are printed, never asserted: the machine may be busy.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import msgspec

from app.imports.sessions.check import check_file
from app.imports.sessions.mapping import Defaults, ImportMap, Provider
from app.imports.sessions.reading import Reading, Rules
from app.imports.sessions.sniff import opened, sniff
from app.imports.sessions.sources import FORMS, Source, read_lines
from app.imports.sessions.sources.objects import SentRow
from ledger.sessions.values import Modality

PROVIDERS = 1_000
FIRST = date(2025, 1, 1)
DAYS = 365
CASES = ("csv", "ndjson", "json", "simplepractice")

Row = tuple[str, str, str, str]
"""Provider, start, minutes, code."""


def some_rows(count: int) -> Iterator[Row]:
    """Yield sessions in the order of their days, at whole quarters of an hour, never two of a provider at once."""
    dice = random.Random(20250101)
    for _, (day, who) in zip(range(-(-count // 4)), _days(dice), strict=False):
        for hour in dice.sample(range(8, 19), 4):
            start = f"{(FIRST + timedelta(day)).isoformat()}T{hour:02}:{dice.choice((0, 5)):02}"
            yield f"hld_{who:026}", start, str(dice.choice((45, 50, 53, 55))), dice.choice(("90834", "90837"))


def _days(dice: random.Random) -> Iterator[tuple[int, int]]:
    while True:
        for day in range(DAYS):
            for who in dice.sample(range(PROVIDERS), PROVIDERS * 3 // 4):
                yield day, who


def write(case: str, count: int, path: Path) -> None:
    """Write a file of ``count`` rows."""
    with path.open("w", newline="") as file:
        rows = list(some_rows(count))[:count]
        if case == "csv":
            file.write("provider,start,minutes,code,category,modality,attendance\n")
            file.writelines(
                f"{who},{start},{minutes},{code},INDIVIDUAL,VIDEO,DELIVERED\n" for who, start, minutes, code in rows
            )
        elif case == "simplepractice":
            allowed, more = FORMS[Source.SIMPLEPRACTICE].heading, "Charge,Paid,Unpaid"
            file.write(f"Date of Service,Client,Clinician,Billing Code,{','.join(allowed.dropped[1:])},{more}\n")
            rest = ",".join(["Some Payer", *"123456789012345"])
            for who, start, _, code in rows:
                day = date.fromisoformat(start[:10])
                file.write(f"{day:%m/%d/%Y} {start[11:]},Client Name,{who},{code},{rest}\n")
        else:
            lines = (
                f'{{"provider":"{who}","start":"{start}","minutes":{minutes},"code":"{code}","category":"INDIVIDUAL",'
                f'"modality":"VIDEO","attendance":"DELIVERED"}}'
                for who, start, minutes, code in rows
            )
            before, between, after = ("[", ",\n", "]\n") if case == "json" else ("", "\n", "\n")
            file.write(before + between.join(lines) + after)


def bare(case: str, path: Path) -> Callable[[], object]:
    """Return the read that the library underneath does, and nothing else."""

    def by_csv() -> None:
        with path.open(newline="") as file:
            for _ in csv.reader(file):
                pass

    def by_msgspec() -> None:
        decoder = msgspec.json.Decoder(SentRow)
        with path.open("rb") as file:
            while lines := file.readlines(1 << 18):
                decoder.decode_lines(b"".join(lines))

    def at_once() -> None:
        msgspec.json.decode(path.read_bytes(), type=list[SentRow])

    return {"ndjson": by_msgspec, "json": at_once}.get(case, by_csv)


def rules() -> Rules:
    """Return rules that know every provider."""
    known = {f"hld_{who:026}": Provider(f"hld_{who:026}") for who in range(PROVIDERS)}
    mapping = ImportMap(known, defaults=Defaults(modality=Modality.VIDEO))
    return Rules(mapping, "America/New_York", date(2026, 1, 15), b"a key of some bytes")


def seconds(act: Callable[[], object]) -> float:
    """Return the CPU seconds that an act takes."""
    begun = process_time()
    act()
    return process_time() - begun


def measure(case: str, path: Path, count: int) -> None:
    """Print one line of figures; the peak of memory is taken before anything else is read."""
    source = Source.SIMPLEPRACTICE if case == "simplepractice" else Source.PLAIN
    judged, before = rules(), _peak()
    whole = seconds(lambda: check_file(path, source, judged))
    peak = _peak()

    def first_pass() -> None:
        with opened(path) as file:
            layout, lines = read_lines(file, sniff(file), source, FORMS[source].heading)
            Reading(judged, source, layout.labels).take(lines)

    read, library = seconds(first_pass), seconds(bare(case, path))
    each = [round(part / count * 1e6, 2) for part in (library, read, whole)]
    figures = [*each, f"{read / library:.1f}", f"{whole / library:.1f}", before, peak]
    print(f"{case:16}" + "".join(f"{figure:>9}" for figure in figures))


def _peak() -> int:
    # what getrusage tells was inherited from the process that wrote the file
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) >> 10


def main(count: int) -> None:
    """Print the figures."""
    print(f"{count:,} rows; CPU µs a row; MB")
    heads = ("library", "judged", "checked", "ratio", "ratio", "at start", "peak")
    print(" " * 16 + "".join(f"{head:>9}" for head in heads), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = Path(folder) / case
            write(case, count, path)
            subprocess.run([sys.executable, "-m", __spec__.name, case, str(path), str(count)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CASES:
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
