"""``vestry vote``: a secret vote from a shell: ask for a pass, finish it, cast a ballot, check that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import FAILURE, REFUSED, UNVERIFIED, end, refusals_end_it

if TYPE_CHECKING:
    from app.secret.at_home import PassFile
    from governance.secret.manifest import Manifest

vote_app = typer.Typer(help="Vote secretly, without trusting a page: four steps, in this order.", no_args_is_help=True)

PassArgument = Annotated[Path, typer.Argument(metavar="PASS", help="The file of the pass.")]
BoxOption = Annotated[str, typer.Option("--box", help="The address of the box, such as https://box.example.org.")]


@contextmanager
def _ends() -> Iterator[None]:
    from app.secret.links import OtherUnreachable  # noqa: PLC0415

    try:
        with refusals_end_it():
            yield
    except OtherUnreachable as error:
        end(f"{error} Nothing is lost: run the same command again.", FAILURE)


@vote_app.command()
def request(
    poll: Annotated[str, typer.Argument(help="The address of the vote (…/polls/<64 digits>), or its manifest file.")],
    out: Annotated[Path, typer.Option(help="Where to keep the request until its answer is there.")] = Path(
        "request.json"
    ),
) -> None:
    """Make a request for a pass, keep it, and print what to send while you are signed in.

    Given again, it prints the same request: there is one pass for each voter, and another request gets none.

    vestry vote request https://vestry.example.org/polls/<64 digits>
    """
    from governance.secret import canonical  # noqa: PLC0415

    with _ends():
        from app.secret import at_home  # noqa: PLC0415

        manifest = at_home.announced(poll)
        made = at_home.ask(manifest, out)
    typer.echo(f"{manifest.title}\nFingerprint, to compare with the letter: {manifest.fingerprint}", err=True)
    typer.echo(f"Kept in {out}. Sign in and paste this under /decisions/{manifest.poll}/pass/by-hand:", err=True)
    typer.echo(canonical.write(made.body()).decode())


@vote_app.command()
def options(
    poll: Annotated[str, typer.Argument(help="The address of the vote (…/polls/<64 digits>), or its manifest file.")],
) -> None:
    """Tell what can be chosen: the ids that `vestry vote cast` takes, each with what it stands for.

    vestry vote options https://vestry.example.org/polls/<64 digits>
    """
    with _ends():
        from app.secret import at_home  # noqa: PLC0415

        manifest = at_home.announced(poll)
    typer.echo(f"{manifest.title}\nHow to choose: {_HOW[manifest.form.value]}, or abstain", err=True)
    for one in manifest.options:
        typer.echo(f"{one.id}\t{one.text}")


_HOW = {
    "single": "yes or no",
    "approval": "all that you approve of, such as o1,o2",
    "ranked": "best first, such as o2>o1",
    "score": "a score for each, such as o1=3,o2=0",
}


@vote_app.command()
def finish(
    asked: Annotated[Path, typer.Argument(metavar="REQUEST", help="The file of the request.")],
    answer: Annotated[Path, typer.Argument(help="A file with the answer to it; - for what is piped in.")],
    out: Annotated[Path, typer.Option(help="Where to keep the pass.")] = Path("pass.json"),
) -> None:
    """Make the pass from the answer and delete the request.

    Whoever has the file can vote with it; if it is lost, nobody can replace it.

    vestry vote finish request.json answer.json
    """
    with _ends():
        from app.secret import at_home  # noqa: PLC0415

        data = typer.get_binary_stream("stdin").read() if str(answer) == "-" else at_home.read(answer)
        made = at_home.finished(asked, data, out)
    typer.echo(f"Your pass is in {out}. The tracking code of your ballots: {made.code}")
    typer.echo("Vote when voting opens, on another day and from another network if you can.", err=True)


@vote_app.command()
def cast(
    held: PassArgument,
    choice: Annotated[str, typer.Argument(help="yes · no · abstain · a,b (approve) · b>a (rank) · a=3,b=0 (score).")],
    box: BoxOption,
) -> None:
    """Cast a ballot, or change it: the last one counts. Nobody is signed in for this.

    The ballot is kept beside the pass before it is sent; if an answer was lost, the same ballot is sent again first.

    vestry vote cast pass.json yes --box https://box.example.org
    """
    with _ends():
        from app.secret import at_home  # noqa: PLC0415
        from app.secret.links import Elsewhere  # noqa: PLC0415

        address, file = at_home.address_of(box), at_home.PassFile(held)
        manifest = at_home.manifest_of(Elsewhere(address), file.held().poll)
        chosen = at_home.choice_of(manifest, choice)
        _refuse_too_few(manifest, Elsewhere(address))
        number = _resent(manifest, file, chosen, address)
        told = file.send(manifest, number or file.make(manifest, chosen), address)
        code = file.held().code
    typer.echo(f"Cast: ballot {told.number} of this pass. Tracking code: {code}")
    typer.echo(f"Receipt: {told.receipt}; it promises a place in batch {told.batch}, and does not tell your choice.")


def _refuse_too_few(manifest: Manifest, host: object) -> None:
    from app.secret.own_check import Box  # noqa: PLC0415

    frozen = Box.of(host, manifest.poll_hash.hex()).entry("freeze")  # type: ignore[arg-type]
    if frozen is None:
        return
    passes = int(str(frozen["passes"]))
    typer.echo(f"{manifest.title}\n{passes} passes were issued; {manifest.roll_size} may vote.", err=True)
    if passes < manifest.min_passes:
        end("With so few passes a ballot would not be secret: it was not sent.", REFUSED)


def _resent(manifest: Manifest, file: PassFile, chosen: object, address: str) -> int | None:
    """Send what has no receipt yet; return its number, unsent, if it says what is to be said now."""
    from governance.secret.formats import check_record  # noqa: PLC0415

    *earlier, last = file.unanswered() or [0]
    for number in earlier:
        file.send(manifest, number, address)
    if not last:
        return None
    if check_record(manifest, file.ballot(last).read_bytes()).choice == chosen and last == file.numbers()[-1]:
        return last
    file.send(manifest, last, address)
    return None


@vote_app.command()
def check(
    held: PassArgument,
    box: BoxOption,
    number: Annotated[int | None, typer.Option(help="Your number on the roll, to look for in the list.")] = None,
    head: Annotated[str | None, typer.Option(help="The head of the log or its SHA-256, as a letter has it.")] = None,
) -> None:
    """Is my vote counted? Compare receipts, batches, the box, the list of passes and the log.

    Exits with 6 if anything does not fit, and says what. Keep the receipts then: they show it.

    vestry vote check pass.json --box https://box.example.org
    """
    with _ends():
        from app.secret import at_home, own_check  # noqa: PLC0415
        from app.secret.links import Elsewhere  # noqa: PLC0415
        from ledger.errors import NotFound, Refusal  # noqa: PLC0415

        file, host = at_home.PassFile(held), Elsewhere(at_home.address_of(box))
        poll = file.held().poll
        try:
            of = own_check.Box.of(host, poll)
        except NotFound:
            raise
        except Refusal as refusal:
            end(f"Does not fit. {refusal}", UNVERIFIED)
        found = list(own_check.check_all(file, of, number=number, head=head))
    for one in found:
        typer.echo(f"{ {True: 'ok', False: 'NO', None: '--'}[one.fits] }  {one.said}")
    wrong = [one.said for one in found if one.fits is False]
    if wrong:
        end("Does not fit. " + " ".join(wrong), UNVERIFIED)
    if of.entry("close") is not None:
        typer.echo(f"Voting is over. Delete {held}: without it, nobody can show whose ballot this is.", err=True)


@vote_app.command()
def record(
    poll: Annotated[str, typer.Argument(help="The vote: the 64 digits of its hash, or an address that ends in them.")],
    out: Annotated[Path, typer.Argument(help="A folder to make, or a file that ends in .zip.")],
) -> None:
    """Write a vote that is over as files for auditors; for whoever runs the service.

    They hold the roll. Anybody checks them with governance/secret/audit_poll.py, which needs nothing else of this.

    vestry vote record <64 digits> vote.zip
    """
    with _ends():
        from app.cli.database import open_runner  # noqa: PLC0415
        from app.config import Settings  # noqa: PLC0415
        from app.secret import record as records  # noqa: PLC0415
        from app.secret.setup import SecretVotes, signer_of  # noqa: PLC0415

        if out.exists():
            end(f"{out} is there already.", REFUSED)
        settings, runner = Settings(), open_runner()
        votes = SecretVotes(settings, runner, signer_of(settings))
        hash = poll.rstrip("/").removesuffix("/manifest.json").rpartition("/")[2]
        files = runner.read(records.files_of, hash, votes.other_box())
        votes.close()
    _write_all(files, out)
    typer.echo(f"{out}: {len(files)} files. Check them: python audit_poll.py {out}")


def _write_all(files: Mapping[str, bytes], out: Path) -> None:
    import zipfile  # noqa: PLC0415

    if out.suffix == ".zip":
        with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        return
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
