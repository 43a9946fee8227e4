"""`make docs`: writes docs/reference from the code. With `--check` it writes nothing and says what is out of step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import click

from tidegate.action.inputs import Inputs
from tidegate.action.inputs import name as input_name
from tidegate.action.outputs import Outputs
from tidegate.cli.main import cli
from tidegate.model.event import FACTS, NAMES
from tidegate.model.state import ENDS, GOES_ON_BY_ITSELF, HeldKind, Result, State
from tidegate.report.words import HELD, RESULT, SKIPPED, UNFIT
from tidegate.rollout.machine import STEP_MEANING, TRANSITIONS

REFERENCE = Path(__file__).parent / "reference"
WRITTEN = "Written from the code by `make docs`; do not edit.\n"


def command_line() -> str:
    """What `--help` says, for every command."""
    parts = [f"# Command line\n\n{WRITTEN}"]
    for name, command in _commands("tidegate", cli):
        context = click.Context(command, info_name=name, terminal_width=80, color=False)
        level = "##" if name.count(" ") < 2 else "###"
        parts.append(f"{level} {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from _commands(f"{name} {each}", found)


def states() -> str:
    """The device's state machine: a diagram and the whole table."""
    arrows = "\n".join(f"    {before} --> {after}: {step}" for (before, step), after in TRANSITIONS.items())
    ends = "\n".join(f"    {state} --> [*]" for state in State if state in ENDS)
    rows = "\n".join(f"| {before} | `{step}` | {after} |" for (before, step), after in TRANSITIONS.items())
    steps = "\n".join(f"| `{step}` | {meaning} |" for step, meaning in STEP_MEANING.items())
    return f"""# States of a device

{WRITTEN}
Every device has this machine of its own. The ends ({", ".join(state for state in State if state in ENDS)}) are never
left. What is not in the table cannot happen.

```mermaid
stateDiagram-v2
    [*] --> {State.PENDING}
{arrows}
{ends}
```

## Steps

| step | why it is taken |
|---|---|
{steps}

## The table

| from | step | to |
|---|---|---|
{rows}
"""


def reasons() -> str:
    """How a rollout ends or waits, and the words of the record."""
    results = "\n".join(f"| `{result}` | {RESULT[result]} | {result.exit_code} |" for result in Result)
    holds = "\n".join(f"| `{kind}` | {HELD[kind]} | {_who_goes_on(kind)} |" for kind in HeldKind)
    unfit = "\n".join(f"| `{word}` | {meaning} |" for word, meaning in UNFIT.items())
    skipped = "\n".join(f"| `{word}` | {meaning} |" for word, meaning in SKIPPED.items())
    events = "\n".join(f"| `{name}` | {'fact' if kind in FACTS else 'decision'} |" for name, kind in NAMES.items())
    return f"""# Results, holds, reasons, events

{WRITTEN}
These lists are closed: a program may rely on them.

## How a rollout ends

| result | meaning | exit code of `deploy` |
|---|---|---|
{results}

## What a rollout waits for

Exit code 5. `tidegate wake` takes up what goes on by itself.

| held | meaning | goes on |
|---|---|---|
{holds}

## Why a device is refused before anything was switched

It is not attempted, and counts as not reached. (One whose own validation says no, `invalid`, has failed.)

| why | meaning |
|---|---|
{unfit}

## Why a device is skipped

| why | meaning |
|---|---|
{skipped}

## Exit codes

| code | meaning |
|---|---|
| 0 | done, or rightly nothing to do |
| 1 | the answer is no: findings, a closed gate, rolled back |
| 2 | called wrongly, or the project cannot be read |
| 3 | could not: git, the audit branch |
| 4 | stranded devices: a person is needed now |
| 5 | held: it waits for a person, a window, a soak or its turn |
| 70 | a bug in Tidegate |
| 130, 143 | ended by SIGINT, SIGTERM, in good order |

## Events of the record

A decision is on the remote before it is acted on; facts follow within half a minute.

| event | |
|---|---|
{events}
"""


def _who_goes_on(kind: HeldKind) -> str:
    return "by itself" if kind in GOES_ON_BY_ITSELF else "a person"


def action() -> str:
    """What a step of a workflow may say to the action, and what it gets back."""
    inputs = "\n".join(
        f"| `{input_name(each.name)}` | {each.metadata['means']} | {_code(each.metadata['usual'])} |"
        for each in fields(Inputs)
    )
    outputs = "\n".join(f"| `{each.name}` | {each.metadata['means']} |" for each in fields(Outputs))
    return f"""# The action

{WRITTEN}
```yaml
- uses: tidegate/tidegate@main
  with: {{command: validate}}
```

It needs no checkout: what is judged or rolled out is the commit of the event, read from git. It runs on Linux.

## Inputs

An input that a command does not take ends the step with 2. Secrets of the project come by `env:` of the step.

| input | meaning | by default |
|---|---|---|
{inputs}

## Outputs

Always all of them, empty where unknown.

| output | meaning |
|---|---|
{outputs}
"""


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def schemas() -> Mapping[str, str]:
    """One JSON Schema per file that a user writes."""
    from tidegate.project.schemas import json_schemas

    return {f"schemas/{name}.json": json.dumps(schema, indent=2) + "\n" for name, schema in json_schemas().items()}


def main(check: bool) -> int:
    pages = {"command-line.md": command_line(), "states.md": states(), "reasons.md": reasons()}
    pages |= {"action.md": action(), **schemas()}
    stale = [name for name, text in pages.items() if not _same(REFERENCE / name, text)]
    stray = [path for path in REFERENCE.rglob("*.*") if str(path.relative_to(REFERENCE)) not in pages]
    if check:
        for name in [*stale, *(str(path.relative_to(REFERENCE)) for path in stray)]:
            print(f"docs/reference/{name} is out of step with the code: make docs")
        return 1 if stale or stray else 0
    for name in stale:
        (REFERENCE / name).parent.mkdir(parents=True, exist_ok=True)
        (REFERENCE / name).write_text(pages[name], encoding="utf-8")
    for path in stray:
        path.unlink()
    return 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(check=sys.argv[1:] == ["--check"]))
