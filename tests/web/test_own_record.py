"""Check it yourself: what the page tells one to type is typed here, and it works without the service."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

from app.publishing import publish
from governance.ballots import BallotEntry
from governance.records import BallotCast
from ledger import journal
from ledger.equity.values import Security
from ledger.notes import VerifierKey
from ledger.reading import every, known
from ledger.tlog_proof import TlogProof
from tests.web.browser import Browser, Site
from tests.web.officers import PROVIDER

OTHER = "hld_provider_012"


def typed(page: str, folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Type what stands on the page, with this Python for the one that the page means."""
    found = [unescape(one) for one in re.findall(r'<pre class="exact" [^>]*>(.*?)</pre>', page, re.DOTALL)]
    [install, check], leaf = found[0].split("\n"), found[1]
    assert install == "pip install cryptography"
    python, *words = check.split()
    assert python == "python3"
    return [
        subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False),
        subprocess.run(["bash", "-c", leaf], cwd=folder, capture_output=True, text=True, check=False),
    ]


def kept(someone: Browser, path: str, folder: Path) -> dict[str, Path]:
    """Save all that the page offers, each under its name."""
    found = {}
    for address in (f"{path}/proof", f"{path}/bytes", "/check/entry.py"):
        assert f'href="{address}"' in someone.get(path).text
        answer = someone.get(address)
        name = answer.headers["Content-Disposition"].split('"')[1]
        found[address] = folder / name
        found[address].write_bytes(answer.content)
    return found


def test_a_member_checks_a_grant_and_a_vote_without_the_service_and_nobody_elses(sample: Site, tmp_path: Path) -> None:
    someone, other = sample.browser(PROVIDER), sample.browser(OTHER)
    security = sample.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0])
    ballot = sample.runner.read(lambda db: known(db, BallotCast)[-1].value)
    voter = sample.browser(ballot.member)
    n = sample.runner.read(lambda db: known(db, Security, id=security.id)[0].n)
    grant, vote = f"/equity/{security.id}/history/{n}", f"/decisions/{ballot.proposal}/receipt/check"
    both = ((someone, grant, "grant.issued"), (voter, vote, BallotEntry.CAST))
    for browser, path, _ in both:
        assert "has not been signed yet" in browser.see(path)
        assert browser.get(f"{path}/proof").status_code == 404
        assert f'href="{path}"' in browser.get("/my-record").text

    app: Any = sample.http.app
    publish(sample.runner, app.state.service.cosigned)
    key = VerifierKey.read(someone.get("/checkpoint/key").text)
    for browser, path, kind in both:
        page = browser.get(path).text
        files = kept(browser, path, tmp_path)
        checked, leaf = typed(page, tmp_path)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert f'"kind":"{kind}"' in checked.stdout
        assert leaf.stdout.split()[0] in page
        proof = TlogProof.read(files[f"{path}/proof"].read_text())
        assert proof.check(proof.extra, key)[0].size == sample.runner.read(journal.size)
        assert files[f"{path}/bytes"].read_bytes() == proof.extra
        good = files[f"{path}/proof"].read_text()
        for wrong in (
            good.replace("extra e", "extra f"),
            good.replace(f"index {proof.index}", f"index {proof.index + 1}"),
            good.replace(f"\n{proof.checkpoint.splitlines()[1]}\n", "\n9999\n"),
            "rubbish",
        ):
            files[f"{path}/proof"].write_text(wrong)
            checked, _ = typed(page, tmp_path)
            assert (checked.returncode, checked.stdout) == (1, "")
            assert checked.stderr.startswith("It does not fit: ")
        for address in (path, f"{path}/proof", f"{path}/bytes"):
            seen = other.get(address)
            assert seen.status_code == 404 or (path == vote and seen.content != browser.get(address).content)
    mine = sample.runner.read(lambda db: every(db, Security, holder=OTHER)[0])
    for wrong_n in (str(n), "0", "999999", "x", "-1"):
        for end in ("", "/proof", "/bytes"):
            assert other.get(f"/equity/{mine.id}/history/{wrong_n}{end}").status_code == 404
