"""The page of checkpoints and their witnesses."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from app import clock
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people.roles import Role
from app.witnesses import Standing, Trouble, cosigned_of
from tests.app.test_cosigning import OURS
from tests.web.acting import acting, founded
from tests.web.browser import Site


def test_auditors_and_administrators_read_what_was_signed_and_who_refuses(sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=sqlite_url,
        signing_key_file=str(tmp_path / "log.signing-key"),
        checkpoint_witnesses=f"https://witness.example.org {OURS}",
    )
    cosigned = cosigned_of(settings)
    engine = make_engine(sqlite_url)
    with TestClient(create_app(settings), base_url="http://vestry.test", follow_redirects=False) as http:
        site = Site(http, Runner(engine), [clock.now()])
        site.runner.run(founded)
        auditor, admin = acting(site, Role.AUDITOR), acting(site, Role.ADMIN)
        seen = auditor.see("/witnesses")
        assert "None has been signed yet" in seen
        assert "to be asked" in seen

        note = site.runner.read(cosigned.signer.publish)
        assert note is not None
        refusal = Standing(trouble=Trouble.FORK, told="422 the proof does not verify", tries=1, tried_at=1_790_000_000)
        cosigned.keep(cosigned.witnesses[0], refusal)
        for browser, first in ((auditor, "/audit"), (admin, "/admin")):
            assert f"{OURS.name} refuses" in browser.see(first)
            seen = browser.see("/witnesses")
            assert "0 have cosigned the newest checkpoint" in seen
            assert "history was rewritten" in seen
            assert "It said: 422 the proof does not verify" in seen
            assert note.splitlines()[2] in seen
        (tmp_path / "log.signed").write_text("rubbish")
        assert "What was signed last can't be read; put the file back" in auditor.see("/witnesses")
    engine.dispose()
