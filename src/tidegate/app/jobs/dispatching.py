"""Starting the workflow that goes on: on GitHub one job decides, and another one has the devices' secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.app.change.revision import read_revision
from tidegate.app.ground.actor import Actor
from tidegate.app.ground.look import read_project, refused
from tidegate.app.ground.stand import fetch_revision
from tidegate.audit.shelf import Past
from tidegate.errors import UsageError
from tidegate.model.plan import Kind
from tidegate.model.project import Project
from tidegate.model.run import Run
from tidegate.project.legs import main_lane, workflow_file

if TYPE_CHECKING:
    from tidegate.github.client import Client


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """`branch` is the default one: only there do workflows act."""

    github: Client
    project: Project
    folder: str
    branch: str

    @classmethod
    def of(cls, who: Actor, github: Client, run: Run) -> Dispatcher:
        """Refusal where the project cannot be read."""
        loaded = read_project(who.world, who.ground.folder or ".")[1]
        if loaded.project is None:
            raise refused(loaded.report, "The project cannot be read")
        return cls(github, loaded.project, who.ground.folder, run.default)

    async def go_on(self, past: Past) -> str:
        """Have a rollout taken up by the workflow of its lane; says so. GitHubError where it cannot be started."""
        file = await self._start(_kind(past), past.plan.strategy, {"rollout": past.rollout})
        return f"{past.rollout} goes on: {file} was started."

    async def deploy_head(self, strategy: str) -> str:
        """Have the newest commit of the default branch rolled out."""
        file = await self._start("deploy", strategy, {})
        return f"The newest commit of {self.branch} is next in lane {strategy}: {file} was started."

    async def head(self) -> str:
        """The newest commit of the default branch; UsageError where there is none yet."""
        found = await self.github.repository.branch(self.branch)
        if found is None:
            raise UsageError(f"there is no branch {self.branch}", hint="Push the first commit to it.")
        return found.head

    async def _start(self, kind: str, strategy: str, inputs: Mapping[str, str]) -> str:
        file = workflow_file(kind, strategy, main_lane(self.project), self.folder)
        await self.github.runs.dispatch(file, self.branch, inputs)
        return file


def starting(who: Actor, past: Past) -> str:
    """How a person has a rollout taken up at once: by its workflow, or right here."""
    project = read_revision(who.ground, fetch_revision(who.ground, past.plan.revision)).project
    here = f"  Here, with the devices' secrets at hand: tidegate resume {past.rollout}"
    file = workflow_file(_kind(past), past.plan.strategy, main_lane(project), who.ground.folder)
    return f"  At once: gh workflow run {file} -f rollout={past.rollout}\n{here}"


def _kind(past: Past) -> str:
    return "rollback" if past.plan.kind is Kind.ROLLBACK else "deploy"
