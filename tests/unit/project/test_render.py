"""Artifacts from templates: what they see, what they cannot, where secrets stand."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from small_project import COMPONENT, FLEET, TIDEGATE, motd, rendered, tree_of
from tidegate.model.artifact import Artifact, Entry, Mark, Part
from tidegate.project.render import Rendered

PARTS = {
    "components/motd/files/part": "part of {{ device.name }}",
    "components/motd/files/secret": "in {{ secret('password') | to_yaml }}",
    "components/motd/files/macros": "{% macro hello(d) %}hello {{ d.name }}{% endmacro %}",
}


def all_rendered(templates: Collection[str]) -> Rendered:
    """Every template for web-01, the n-th as /<n> and files/<n>.j2: one child for all of them."""
    numbered = list(enumerate(templates))
    files = "".join(f"  /{n}: files/{n}.j2\n" for n, _ in numbered)
    texts = {f"components/motd/files/{n}.j2": template for n, template in numbered}
    component = f"type: files\nselect: name=web-01\nvars: {{greeting: hello}}\nfiles:\n{files}"
    return rendered(tree_of(component=component, **PARTS, **texts))


def texts(templates: Collection[str]) -> dict[str, tuple[Part, ...]]:
    """What becomes of each template."""
    result = all_rendered(templates)
    assert result.report.findings == ()
    entries = {entry.target: entry.parts for entry in result.artifacts["web-01", "motd"].entries}
    return {template: entries[f"/{n}"] for n, template in enumerate(templates)}


def faults(templates: Collection[str]) -> dict[str, tuple[str, int]]:
    """Rule and line of what is wrong with each template; those that are right are left out."""
    findings = {finding.location.file: finding for finding in all_rendered(templates).report.findings}
    found = {template: findings.get(f"components/motd/files/{n}.j2") for n, template in enumerate(templates)}
    return {template: (one.rule, one.location.line) for template, one in found.items() if one is not None}


def test_templates_see() -> None:
    expected = {
        "{{ vars.greeting }} {{ vars.port }}": "hello 80",
        "{{ device.name }} {{ device.address }} {{ device.labels.env }}": "web-01 web-01 production",
        "{{ device.vars.port }}": "80",
        "{{ component.name }} {{ component.type }} [{{ component.version }}]": "motd files []",
        "{% for d in devices('role=web') %}{{ d.host }} {% endfor %}": "web-01 [2001:db8::2] ",
        "{{ devices('all') | map(attribute='name') | join(',') }}": "db-01,web-01,web-02",
        "{{ {'a': [1, true, none, 'ü']} | to_json }}": '{"a": [1, true, null, "ü"]}',
        "{{ {'a': [1, 'no', '1.10']} | to_yaml }}": '"a":\n- 1\n- "no"\n- "1.10"',
        '{{ "it\'s" | quote }}': "'it'\"'\"'s'",
        "a\r\n\n": "a\n\n",
        "{% set x %}a{% endset %}{{ x | upper }}": "A",
        "{% include 'files/part' %}": "part of web-01",
        "{% import 'files/macros' as m %}{{ m.hello(device) }}": "hello web-01",
    }
    assert texts(expected) == {template: (text.encode(),) for template, text in expected.items()}


def test_an_empty_template_is_an_empty_file() -> None:
    assert motd(motd="") == ()


def test_a_variable_may_be_called_like_a_method() -> None:
    component = COMPONENT.replace("greeting: hello", "items: [a, b], keys: 3")
    assert motd(component=component, motd="{{ vars['items'] }} {{ vars.keys }} {{ vars.items }}") == (
        b"['a', 'b'] 3 ['a', 'b']",
    )


def test_a_secret_is_a_mark() -> None:
    expected = {
        "p={{ secret('password') }}\n": (b"p=", Mark("password", 3), b"\n"),
        "{{ secret('password') | to_json }}": (Mark("password", 3, "to_json"),),
        "{% set p = secret('password') %}{{ p | quote }}{{ p }}": (Mark("password", 3, "quote"), Mark("password", 3)),
        "{{ secret('password') if vars.port == 80 else '' }}": (Mark("password", 3),),
        "{% include 'files/secret' %}": (b"in ", Mark("password", 3, "to_yaml")),
    }
    assert texts(expected) == expected


def test_nothing_else_can_be_done_with_a_secret() -> None:
    expressions = [
        *["p ~ 'x'", "'x' ~ p", "p + 'x'", "'x' + p", "p * 2", "'%s' % p", "'{}'.format(p)", "p[0]", "p[:2]", "p.name"],
        *["p == 'x'", "p != 'x'", "p < 'x'", "not p", "p and 1", "p in 'x'", "'x' in p", "p in ['x']", "p is defined"],
        *["p is string", "p | upper", "p | string", "p | length", "p | default('x')", "p | replace('a', 'b')"],
        *["p | to_json | to_json", "p | to_json(2)", "[p] | to_json", "{'a': p} | to_yaml", "[p] | join", "[p]", "p()"],
        *["['x', p] | join", "[p, 'x'] | sort", "{p: 1}", "p | e", "'x' | replace('x', p)", "dict(a=p) | string"],
        *["[p] | map('upper') | list", "[[p]] | tojson", "p | tojson", "p | int", "'x' | default(p)", "p if p else 1"],
    ]
    found = faults([f"{{% set p = secret('password') %}}\n{{{{ {expression} }}}}" for expression in expressions])
    assert {rule for rule, _ in found.values()} == {"secret-misused", "template-error"}
    assert {line for _, line in found.values()} == {2}
    assert len(found) == len(expressions)


def test_a_secret_cannot_be_caught_as_text() -> None:
    templates = [
        "{% set x %}{{ secret('password') }}{% endset %}{{ x[:3] }}",
        "{% filter upper %}{{ secret('password') }}{% endfilter %}",
        "{% filter upper %}{% include 'files/secret' %}{% endfilter %}",
        "{% macro m() %}{{ secret('password') }}{% endmacro %}{{ m() | length }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ secret('password') }}{% endcall %}",
        "{% block b %}{{ secret('password') }}{% endblock %}{{ self.b() }}",
        "{% for x in [1] recursive %}{{ secret('password') }}{% endfor %}",
        "{% if secret('password') %}x{% endif %}",
        "{% for letter in secret('password') %}{{ letter }}{% endfor %}",
    ]
    found = faults(templates)
    assert [found[template][0] for template in templates] == ["secret-misused"] * len(templates)


@pytest.mark.parametrize("value", ["\U001000000\U00100001", "\U00100000", "\U00100001"])
def test_nobody_can_forge_the_place_of_a_secret(value: str) -> None:
    forged = FLEET.replace("port: 80", f'port: "{value}"')
    assert rendered(tree_of(fleet=forged, motd="{{ vars.port }}{{ secret('password') }}")).report.refused()
    assert rendered(tree_of(motd=f"{value}{{{{ secret('password') }}}}")).report.refused()


def test_what_a_template_cannot_do() -> None:
    expressions = [
        *["''.__class__", "vars.update({'a': 1})", "vars.pop('greeting')", "devices", "device.options", "lipsum()"],
        *["[1, 2] | random", "range(10 ** 6) | list", "cycler.__init__.__globals__", "undefined_thing", "now()"],
        *["devices('nonsense in')", "devices('role=nobody')", "1 / 0", "vars.greeting.nothing", "self.x()"],
    ]
    found = faults([f"\n{{{{ {expression} }}}}" for expression in expressions])
    assert len(found) == len(expressions)
    assert {line for _, line in found.values()} == {2}


def test_a_fault_is_told_in_the_file_that_has_it_once_for_all_devices() -> None:
    part = {"components/motd/files/part": "fine\n\n{{ vars.gretting }}"}
    (finding,) = rendered(tree_of(motd="\n{% include 'files/part' %}", **part)).report.findings
    assert str(finding.location) == "components/motd/files/part:3:1"
    assert finding.message == "there is no `gretting` here; did you mean `greeting`? (for web-01 web-02)"


def test_one_devices_fault_leaves_the_others_their_artifacts() -> None:
    result = rendered(tree_of(motd="{{ 1 / (vars.port - 80) }}"))
    assert list(result.artifacts) == [("web-02", "motd")]


def test_files_and_owned_folders() -> None:
    more: dict[str, str | bytes] = {
        "components/motd/files/conf.d/a": "{{ as it is }}",
        "components/motd/files/conf.d/sub/b.j2": "{{ device.name }}",
        "components/motd/files/logo": b"\xff\x00",
    }
    result = rendered(
        tree_of(
            component="type: files\nselect: name=web-01\nfiles:\n"
            "  /etc/conf.d/: {from: files/conf.d, mode: '600', owner: app}\n  /etc/logo: files/logo\n",
            **more,
        )
    )
    assert result.artifacts["web-01", "motd"] == Artifact(
        "files",
        (
            Entry("/etc/conf.d/a", "0600", "app", "root", (b"{{ as it is }}",)),
            Entry("/etc/conf.d/sub/b", "0600", "app", "root", (b"web-01",)),
            Entry("/etc/logo", "0644", "root", "root", (b"\xff\x00",)),
        ),
        gone=("/etc/conf.d/",),
    )


def test_the_same_files_give_the_same_digest_every_time() -> None:
    tree = tree_of(motd="{{ vars }} {{ devices('all') }} {{ secret('password') }}")
    first, second = rendered(tree), rendered(tree)
    assert [one.digest for one in first.artifacts.values()] == [one.digest for one in second.artifacts.values()]


def test_a_raised_version_of_a_secret_is_another_artifact() -> None:
    template = "{{ secret('password') }}"
    before = rendered(tree_of(motd=template)).artifacts
    after = rendered(tree_of(motd=template, tidegate=TIDEGATE.replace("version: 3", "version: 4"))).artifacts
    assert all(before[key].digest != after[key].digest for key in before)


def test_thousands_of_devices_are_rendered_in_one_go() -> None:
    devices = "".join(f"  web-{n:05d}: {{labels: {{role: web, env: production}}}}\n" for n in range(3000))
    result = rendered(tree_of(fleet="devices:\n" + devices, motd="{{ vars.greeting }} {{ device.name }}"))
    assert len(result.artifacts) == 3000


@pytest.mark.parametrize("name", [".j2", "two\nlines", "\x1b[2Jred", "a\udcffb", "sub/.j2"])
def test_a_file_of_a_folder_whose_name_no_device_can_be_told_is_a_finding(name: str) -> None:
    path = f"components/motd/files/d/{name}"
    files = {path: "x", "components/motd/files/d/fine": "x"}
    result = rendered(tree_of(component=COMPONENT.replace("/etc/motd: files/motd.j2", "/etc/d/: files/d"), **files))
    assert [(one.rule, one.location.file) for one in result.report.findings] == [("bad-target", path)]
    assert result.artifacts == {}


def test_a_folder_takes_all_of_its_files_and_no_others() -> None:
    inside = ("a", "a/b/c", "z.j2", "z~")
    others = ("d.x/no", "d-/no", "d0/no", "c/no")
    files = {f"components/motd/files/d/{name}": "x" for name in inside}
    files |= {f"components/motd/files/{name}": "x" for name in others}
    result = rendered(tree_of(component=COMPONENT.replace("/etc/motd: files/motd.j2", "/etc/d/: files/d"), **files))
    targets = [entry.target for entry in result.artifacts["web-01", "motd"].entries]
    assert targets == ["/etc/d/a", "/etc/d/a/b/c", "/etc/d/z", "/etc/d/z~"]


def test_true_does_not_become_a_word_of_python() -> None:
    printed = ["{{ true }}", "{{ device.name == 'web-01' }}"]
    assert set(faults(printed)) == set(printed)
    assert texts(["{{ true | to_json }}", "{{ 'on' if true }}"]).popitem()[1] == (b"on",)
