"""Runs of the real workflows by `act`, in containers: what ran, how it ended, what it said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RUNNER = os.environ.get("ACT_RUNNER_IMAGE", "docker.io/catthehacker/ubuntu:act-22.04")

JOB = "tidegate-e2e-job"
"""The label of all containers that jobs run in; steps have one of their own, from the image of the action."""


def act_program() -> str | None:
    """`act`: the one that `make e2e` has installed, or the one of PATH."""
    return shutil.which("act", path=os.pathsep.join((str(ROOT / ".venv-e2e/bin"), os.environ["PATH"])))


@dataclass(frozen=True)
class Site:
    """Where workflows run: `act` is the program, `action` the checkout of Tidegate that stands for all that they use,
    `api` and `server` are the addresses of the GitHub that they speak to."""

    act: str
    action: Path
    uses: Sequence[str]
    api: str
    server: str
    repository: str


@dataclass(frozen=True)
class Run:
    """`results` says how each job that was not skipped ended; `log` is all that was printed, a line each."""

    code: int
    results: Mapping[str, str]
    log: Sequence[tuple[str, str]]

    def said(self, job: str) -> str:
        return "\n".join(text for who, text in self.log if who == job)


class Acting:
    """One run that goes on: `wait` for its end, or look at it and kill what it started."""

    def __init__(
        self,
        site: Site,
        clone: Path,
        workflow: str,
        event: str,
        payload: Mapping[str, Any],
        *,
        folder: Path,
        run: int,
        attempt: int = 1,
        actor: str = "ada",
        secrets: Mapping[str, str] = {},
    ) -> None:
        self.run, self.attempt = run, attempt
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{run}-{attempt}"
        (folder / f"{name}.json").write_text(json.dumps(payload))
        self.path = folder / f"{name}.log"
        words = [site.act, event, "--json", "--directory", str(clone), "--workflows", f".github/workflows/{workflow}"]
        words += ["--eventpath", str(folder / f"{name}.json"), "--actor", actor, "--concurrent-jobs", "1"]
        words += [
            "--platform",
            f"ubuntu-24.04={RUNNER}",
            "--pull=false",
            "--rebuild=false",
            "--no-cache-server",
            "--rm",
        ]
        words += ["--container-daemon-socket", "-", "--container-options", f"--label={JOB}"]
        for uses in site.uses:
            words += ["--local-repository", f"{uses}={site.action}"]
        for variable, value in {
            "GITHUB_API_URL": site.api,
            "GITHUB_GRAPHQL_URL": f"{site.api}/graphql",
            "GITHUB_SERVER_URL": site.server,
            "GITHUB_REPOSITORY": site.repository,
            "GITHUB_RUN_ID": str(run),
            "GITHUB_RUN_ATTEMPT": str(attempt),
        }.items():
            words += ["--env", f"{variable}={value}"]
        for secret in secrets:
            words += ["--secret", secret]  # its value comes from the environment, never from a list of processes
        with self.path.open("wb") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **secrets, "NO_COLOR": "1"},
            )

    def wait(self, seconds: float = 600) -> Run:
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s:\n{self.path.read_text()[-4000:]}") from None
        lines = list(self._lines())
        results = {line["jobID"]: line["jobResult"] for line in lines if "jobResult" in line}
        return Run(code, results, [(str(line.get("jobID", "")), str(line.get("msg", ""))) for line in lines])

    def kill(self) -> None:
        """The runner is gone, from one moment to the next. Its containers are another thing."""
        self._process.kill()
        self._process.wait()

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                yield json.loads(line)
