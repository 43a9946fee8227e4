"""A tree becomes a project: defaults, inheritance, names, paths."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memory_tree import MemoryTree
from small_project import COMPONENT, FLEET, TIDEGATE, loaded, project_of, tree_of
from tidegate.model.place import Severity
from tidegate.model.project import Approvals, FileSource, Probe, Secret, Wave
from tidegate.model.value import Amount
from tidegate.project.load import load
from tidegate.tree import MissingFile


def waves(written: str, strategy: str = "") -> tuple[Wave, ...]:
    text = f"tidegate: 1\ndefaults: {{driver: simulated}}\nstrategies:\n  default:\n    waves:\n{written}\n{strategy}"
    return project_of(tree_of(tidegate=text)).strategies["default"].waves


def test_a_wave_takes_over_what_it_does_not_say() -> None:
    staging, canary, rest = waves(
        "      - {name: staging, select: env=staging, environment: staging, soak: 2m}\n"
        "      - {name: canary, select: env=production, up_to: 5%, environment: production, approvals: 1}\n"
        "      - {name: rest}"
    )
    assert (staging.soak, staging.up_to, staging.up_to_written) == (120, Amount(100, is_share=True), False)
    assert (canary.soak, canary.approvals, canary.up_to) == (600, Approvals(1), Amount(5, is_share=True))
    assert (rest.select, rest.environment, rest.approvals) == (canary.select, "production", Approvals(0))


def test_a_wave_has_its_strategys_limits_unless_it_says_other() -> None:
    first, second = waves(
        "      - {name: one, select: all, health: [{tcp: 'x:1'}]}\n"
        "      - {name: two, max_failures: 0, confirm: verified}",
        "    max_failures: 3\n    max_parallel: 7\n    health: [{command: 'true'}]\n",
    )
    assert (first.max_failures, first.max_parallel, first.confirm) == (Amount(3), 7, "soaked")
    assert (second.max_failures, second.max_parallel, second.confirm) == (Amount(0), 7, "verified")
    assert first.health == ("default-1", "default-one-1"), "a wave's own probes come on top"
    assert second.health == ("default-1",), "and are not handed on"


def test_probes_have_their_defaults() -> None:
    text = TIDEGATE + "probes: {up: {http: 'http://{{ device.host }}/'}, in: {command: test -e /up, interval: 1m}}\n"
    probes = project_of(tree_of(tidegate=text)).probes
    assert probes["up"] == Probe("up", "http", "http://{{ device.host }}/")
    assert probes["in"] == Probe("in", "command", "test -e /up", where="device", interval=60)


def test_texts_count_as_they_are_written() -> None:
    fleet = "devices:\n  web-01: {labels: {os: 1.10, on: yes, none: 'null', env: production, role: web}}\n"
    assert project_of(tree_of(fleet=fleet)).fleet["web-01"].labels == {
        "os": "1.10",
        "on": "yes",
        "none": "null",
        "env": "production",
        "role": "web",
    }


def test_a_device_may_be_nothing_but_its_name() -> None:
    project = project_of(tree_of(fleet="defaults: {labels: {role: web}}\ndevices:\n  web-01:\n  web-02: {}\n"))
    assert [(device.name, device.address) for device in project.fleet.values()] == [
        ("web-01", "web-01"),
        ("web-02", "web-02"),
    ]


def test_a_hold_has_a_reason_and_an_instant() -> None:
    fleet = FLEET + "  web-03: {labels: {role: web}, hold: {reason: new disk, until: 2026-12-01T09:00+01:00}}\n"
    hold = project_of(tree_of(fleet=fleet)).fleet["web-03"].hold
    assert hold is not None
    assert (hold.reason, hold.until) == ("new disk", datetime(2026, 12, 1, 8, tzinfo=UTC))


def test_a_table_of_devices() -> None:
    tree = tree_of(
        tidegate=TIDEGATE + "fleet: [{csv: hosts.csv, defaults: {labels: {role: web}, vars: {port: 80}}}]\n",
        **{"hosts.csv": 'name,address,env,site\nweb-01,10.0.0.1,production,"ber"\nweb-02,,staging,\n'},
    )
    fleet = project_of(tree).fleet
    assert fleet["web-01"].labels == {"role": "web", "env": "production", "site": "ber"}
    assert (fleet["web-01"].address, fleet["web-02"].address) == ("10.0.0.1", "web-02")
    assert fleet["web-02"].labels == {"role": "web", "env": "staging"}, "an empty cell is no label"
    assert (fleet["web-02"].vars, fleet["web-02"].file) == ({"port": 80}, "hosts.csv")


def test_a_local_device_has_its_folder_as_it_is_written() -> None:
    fleet = project_of(tree_of()).fleet
    assert fleet["web-01"].options == {"root": "devices/web-01"}


def test_a_simulated_device_has_its_faults() -> None:
    fleet = "devices:\n  web-01: {driver: simulated, simulated: {faults: [slow], latency: 2s}, labels: {role: web}}\n"
    assert project_of(tree_of(fleet=fleet)).fleet["web-01"].options == {"faults": ("slow",), "latency": 2}


def test_a_component_is_called_by_its_folder_or_its_file() -> None:
    tree = tree_of(
        tidegate=TIDEGATE + "components: [components/*/component.yaml, other/*.yaml]\n",
        **{"other/issue.yaml": COMPONENT.replace("files/motd.j2", "/components/motd/files/motd.j2")},
    )
    components = project_of(tree).components
    assert sorted(components) == ["issue", "motd"]
    assert components["issue"].files == {"/etc/motd": FileSource("components/motd/files/motd.j2")}


@pytest.mark.parametrize(
    ("strategies", "takes"),
    [("only: {waves: [{name: a, select: all}]}", "only"), ("default: {waves: [{name: a, select: all}]}", "default")],
)
def test_a_component_takes_the_default_strategy_or_the_only_one(strategies: str, takes: str) -> None:
    text = f"tidegate: 1\ndefaults: {{driver: simulated}}\nstrategies: {{{strategies}}}\n"
    assert project_of(tree_of(tidegate=text)).components["motd"].strategy == takes


def test_a_project_in_a_folder_has_its_name_and_paths_from_the_root() -> None:
    files = {f"sites/shop/{path}": tree_of().read(path) for path in tree_of().paths()}
    checks = "checks: {files: ['**/*.yaml', /ci/*.yaml], ignore: [/x/**], schemas: {'fleet/*.yaml': /schemas/f.json}}\n"
    files["sites/shop/tidegate.yaml"] += checks.encode()
    files |= {"schemas/f.json": b"{}", "sites/shop/policies/a.rego": b"package a\n", "ci/lint.yaml": b""}
    project = load(MemoryTree(files), "sites/shop", "repository").project
    assert project is not None
    assert project.name == "shop"
    assert project.fleet["web-01"].file == "sites/shop/fleet/all.yaml"
    assert project.components["motd"].files["/etc/motd"].path == "sites/shop/components/motd/files/motd.j2"
    assert project.checks.files == ("sites/shop/**/*.yaml", "ci/*.yaml")
    assert project.checks.ignore == ("x/**",)
    assert project.checks.schemas == {"sites/shop/fleet/*.yaml": "schemas/f.json"}
    assert project.checks.policies == ("tidegate:baseline", "sites/shop/policies")


@pytest.mark.parametrize("url", ["https://opa.example", "https://opa.example:8443/", "http://127.0.0.1:8181"])
def test_an_opa_is_reached_over_tls_or_on_this_machine(url: str) -> None:
    assert project_of(tree_of(tidegate=f"{TIDEGATE}checks: {{opa_url: '{url}'}}\n")).checks.opa_url == url


@pytest.mark.parametrize(
    "checks",
    [
        "opa_url: 'http://opa.example'",
        "opa_url: 'http://127.0.0.1.evil.example:8181'",
        "opa_url: 'http://localhost@evil.example'",
        "opa_url: 'https://user:word@opa.example'",
        "opa_url: 'https://opa.example/a/path'",
        "opa_url: 'https://opa.example:port'",
        "opa_url: 'https://'",
        "opa_url: 'https://[::1'",
        "opa_url: opa",
        "{opa_url: 'https://opa.example', engine: embedded}",
    ],
)
def test_another_opa_is_not_reached(checks: str) -> None:
    said = checks if checks.startswith("{") else f"{{{checks}}}"
    [finding] = load(tree_of(tidegate=f"{TIDEGATE}checks: {said}\n"), name_hint="shop").report.findings
    assert (finding.rule, finding.location.line) == ("bad-value", TIDEGATE.count("\n") + 1)


def test_secrets_and_the_audit_branch() -> None:
    text = TIDEGATE.replace("{env: PASSWORD, version: 3}", "{file: /run/password}") + "audit: {branch: record}\n"
    project = project_of(tree_of(tidegate=text))
    assert project.secrets == {"password": Secret("password", "file", "/run/password", 1)}
    assert project.audit_branch == "record"


def test_the_report_says_how_many_files_were_looked_at() -> None:
    assert loaded(tree_of()).report.looked == {"files": 3}


def test_a_notice_does_not_refuse_a_project() -> None:
    found = load(tree_of(fleet=FLEET.replace("production", "live")), name_hint="shop")
    assert [(finding.rule, finding.severity) for finding in found.report.findings] == [
        ("no-production", Severity.NOTICE)
    ]
    assert found.project is not None


@pytest.mark.parametrize("hint", ["My Shop", "", "a" * 64])
def test_a_folder_whose_name_is_no_name_wants_a_written_one(hint: str) -> None:
    found = load(tree_of(), name_hint=hint)
    assert [finding.rule for finding in found.report.findings] == ["bad-name"]
    assert load(tree_of(tidegate=TIDEGATE + "name: shop\n"), name_hint=hint).report.findings == ()


@pytest.mark.parametrize(
    ("table", "rule", "where"),
    [
        ('name,site\nweb-01,"ber\n', "unreadable", "hosts.csv:2:1"),
        (b"name\nweb-\xff\n", "unreadable", "hosts.csv:2:5"),
        ("", "missing-key", "hosts.csv:1:1"),
        ('name,site\n"web\n01",ber\nweb-02,x,y\n', "bad-value", "hosts.csv:4:1"),
    ],
)
def test_a_broken_table_is_told_by_its_line(table: str | bytes, rule: str, where: str) -> None:
    tree = tree_of(tidegate=TIDEGATE + "fleet: [{csv: hosts.csv}]\n", **{"hosts.csv": table})
    findings = load(tree, name_hint="shop").report.findings
    assert (rule, where) in {(finding.rule, str(finding.location)) for finding in findings}


def test_without_its_file_there_is_no_project() -> None:
    with pytest.raises(MissingFile, match=r"tidegate\.yaml"):
        load(MemoryTree({}), "", "x")


def test_one_broken_file_does_not_hide_the_faults_of_another() -> None:
    report = load(tree_of(tidegate="tidegate: [", fleet="devices: {a: {adr: x}}", component="type: [")).report
    assert [finding.location.file for finding in report.findings] == [
        "components/motd/component.yaml",
        "fleet/all.yaml",
        "tidegate.yaml",
    ]


def test_what_cannot_be_read_is_not_passed_over() -> None:
    """A pattern that takes it would otherwise leave it out in silence."""
    files = {path: tree_of().read(path) for path in tree_of().paths()}
    files["tidegate.yaml"] += b"fleet: [fleet/*.yaml, {csv: fleet/table.csv}]\n"
    refused = dict.fromkeys(
        ("fleet/link.yaml", "fleet/table.csv", "components/sub/component.yaml"), "it is a submodule"
    )
    findings = load(MemoryTree(files, refused), name_hint="shop").report.findings
    assert [(one.rule, one.location.file) for one in findings] == [("refused-file", path) for path in sorted(refused)]


def test_what_cannot_be_read_in_a_folder_that_a_device_gets_is_not_left_out() -> None:
    changes = {"component": COMPONENT.replace("/etc/motd: files/motd.j2", "/etc/d/: files"), "tidegate": TIDEGATE}
    tree = tree_of(**changes)
    files = {path: tree.read(path) for path in tree.paths()}
    refused = {"components/motd/files/link": "it is a link", "components/motd/files2/link": "it is a link"}
    findings = load(MemoryTree(files, refused), name_hint="shop").report.findings
    assert [one.message for one in findings] == ["components/motd/files/link cannot be read: it is a link"]


def test_cells_of_a_table_are_meant_without_the_blanks_around_them() -> None:
    table = "name , address,site\nweb-09 , 10.0.0.9,\tber\nweb-10,,  \n"
    project = project_of(tree_of(tidegate=TIDEGATE + "fleet: [fleet/all.yaml, {csv: t.csv}]\n", **{"t.csv": table}))
    assert project.fleet["web-09"].address == "10.0.0.9"
    assert project.fleet["web-09"].labels == {"site": "ber"}
    assert project.fleet["web-10"].labels == {}


@pytest.mark.parametrize("branch", ["tidegate-audit", "audit/v1.2_x"])
def test_a_branch_for_the_audit(branch: str) -> None:
    assert project_of(tree_of(tidegate=f"{TIDEGATE}audit: {{branch: {branch}}}\n")).audit_branch == branch


@pytest.mark.parametrize(
    "branch", ["-x", "a b", "a..b", "a/", "a//b", "a.lock", "a:b", "a~1", ".a", "a/.b", "a" * 30 + "!"]
)
def test_no_branch_for_the_audit(branch: str) -> None:
    findings = load(tree_of(tidegate=f'{TIDEGATE}audit: {{branch: "{branch}"}}\n'), name_hint="shop").report.findings
    assert [one.rule for one in findings] == ["bad-name"]
