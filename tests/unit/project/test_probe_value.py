"""Values of probes are templates over one device, and can do nothing else."""

from __future__ import annotations

import pytest

from looking import a_device
from tidegate.project.probe_address import Unfilled, host_and_port, url
from tidegate.project.probe_value import fill
from tidegate.project.work import as_templates_see

DEVICE = as_templates_see(a_device(80, address="2001:db8::2", labels={"site": "ber", "items": "many"}))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("http://x/plain", "http://x/plain"),
        ("http://{{ device.host }}:{{ device.vars.port }}/", "http://[2001:db8::2]:80/"),
        ("{{ device.name }} {{ device.address }} {{ device.driver }}", "web-01 2001:db8::2 local"),
        ("{{ device.labels.site | upper }}", "BER"),
        ("{{ device.labels.items }}", "many"),
    ],
)
def test_filled(template: str, value: str) -> None:
    assert fill(template, DEVICE) == value


@pytest.mark.parametrize(
    "template",
    [
        "{{ device.labels.missing }}",
        "{{ device.nome }}",
        "{{ device.options }}",
        "{{ password }}",
        "{{ range(3) }}",
        "{{ [1, 2] | random }}",
        "{% include 'x' %}",
        "{{ device",
        "{{ 1 / 0 }}",
        "{{ ''.__class__ }}",
        "{{ device.vars.update({'port': 1}) }}",
        "{{ 'x' * 5000 }}",
        "{{ 'a\\nb' }}",
        "{{ secret('password') }}",
        "{{ devices('all') }}",
        "{{ device.vars }}{{ device.vars.port.nothing }}",
    ],
)
def test_refused(template: str) -> None:
    with pytest.raises(Unfilled):
        fill(template, DEVICE)


@pytest.mark.parametrize("filled", ["http://web-01/", "https://[2001:db8::2]:8443/x?y=1", "http://10.0.0.1:80"])
def test_a_url(filled: str) -> None:
    assert url(filled) == filled


@pytest.mark.parametrize(
    "filled",
    ["web-01/healthz", "ftp://web-01/", "http:///x", "http://web-01:port/", "http://web-01:0/", "http://[::1/"],
)
def test_no_url(filled: str) -> None:
    with pytest.raises(Unfilled, match="is no URL: write http://"):
        url(filled)


def test_a_host_and_its_port() -> None:
    assert host_and_port("web-01:22") == ("web-01", 22)
    assert host_and_port("[2001:db8::2]:65535") == ("2001:db8::2", 65535)


@pytest.mark.parametrize(
    "filled", ["web-01", ":22", "web-01:", "web-01:0", "web-01:65536", "2001:db8::2:22", "a:٣", "[]:1"]
)
def test_no_host_and_port(filled: str) -> None:
    with pytest.raises(Unfilled, match="is no host and port: write"):
        host_and_port(filled)
