"""The journey in six scenes; each says what it is about, runs real commands, and checks what came of them."""

from __future__ import annotations

from tidegate.app.demo.machines import ask_health, give_memory
from tidegate.app.demo.stage import Stage, expect

COMPONENT = "components/shop/component.yaml"
OLD, NEW = "200 workers=4 cache_entries=512", "200 workers=8 cache_entries=512"
SMALL = 512
"""Megabytes: enough for 4 workers, too little for 8."""


def take_over(stage: Stage) -> None:
    """The first deploy, onto files that somebody put there by hand."""
    stage.tell(
        f"1. {len(stage.machines)} machines, configured by hand",
        "Each has a folder and a web shop of its own that runs there, a real process. None has met Tidegate. The "
        "record of everything that is rolled out lies in git too, on a branch of the project's remote.",
    )
    stage.run("audit", "init")
    stage.run("deploy")
    stage.want_health(dict.fromkeys(names(stage), OLD), "every shop to serve what git says")


def refuse(stage: Stage) -> None:
    """A change with two mistakes never leaves the desk."""
    stage.tell("2. A change that is refused", "Somebody is in a hurry, and makes two mistakes.")
    stage.change("tidegate.yaml", "up_to: 15%", "up_to: 40%")
    stage.change(COMPONENT, "files/shop.conf.j2", '{from: files/shop.conf.j2, mode: "0666"}')
    said = stage.run("validate", ends=1)
    for place, rule in (("tidegate.yaml:", "canary-size"), (f"{COMPONENT}:", "modes")):
        found = any(line.startswith(place) and rule in line for line in said.splitlines())
        expect(found, f"a finding `{rule}` with its line in {place[:-1]}", "there is none")
    stage.place.git("checkout", "--quiet", "--", ".")


def roll_out(stage: Stage) -> None:
    """A good change; one machine cannot bear it, and goes back alone."""
    stage.tell(
        "3. A good change, and one machine that cannot bear it",
        "Twice as many workers. Staging takes it first, then one canary at each site, then everyone, each let through "
        "by what its own shop answers.",
    )
    stage.change(COMPONENT, "workers: 4", "workers: 8")
    stage.push("Twice as many workers")
    stage.run("plan")
    small = stage.read("plan")["covered"]["waves"][-1]["members"][0]
    give_memory(stage.place, small, SMALL)
    stage.say(f"\nNobody remembers that {small} has only {SMALL} MB of memory. 8 workers need 800.")
    stage.run("deploy")
    stage.want_health(
        {name: OLD if name == small else NEW for name in names(stage)},
        f"all shops but {small} to serve with 8 workers, and {small} with 4 as before",
    )
    stage.say(f"\n{len(stage.machines) - 1} shops serve with 8 workers; {small} went back by itself and serves with 4.")


def stop_at_canary(stage: Stage) -> None:
    """A change that is well-formed, allowed, fine in staging, and wrong."""
    stage.tell(
        "4. A change that only health can catch",
        "A smaller cache saves memory. Every check agrees, and staging is content: its catalogue has 20 articles. "
        "Production's has 400.",
    )
    before = ask_health(stage.machines)
    stage.change(COMPONENT, "cache_entries: 512", "cache_entries: 256")
    stage.push("A smaller cache")
    stage.run("validate")
    stage.run("deploy", ends=1)
    stage.want_health(before, "every shop to serve what it served before, asked itself and not its disk")
    stage.say(f"\nAll {len(stage.machines)} shops, asked themselves, serve what they served before.")


def verify(stage: Stage) -> None:
    """Whether anybody has altered the record."""
    stage.tell(
        "5. Is the record whole?", "Every rollout has left its record; each record holds the hash of the one before."
    )
    stage.run("audit", "log")
    stage.run("audit", "verify")


def count(stage: Stage) -> None:
    """The four numbers, from the record alone."""
    stage.tell("6. Four numbers say whether it works")
    stage.run("metrics")


SCENES = (take_over, refuse, roll_out, stop_at_canary, verify, count)


def names(stage: Stage) -> list[str]:
    return [machine.name for machine in stage.machines]
