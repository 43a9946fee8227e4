"""Values of probes are templates over one device, and can do nothing else."""

from __future__ import annotations

import pytest

from looking import a_device
from tidegate.probes.value import Unfilled, fill

DEVICE = a_device(80, address="2001:db8::2", labels={"site": "ber", "items": "many"})


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
    ],
)
def test_refused(template: str) -> None:
    with pytest.raises(Unfilled):
        fill(template, DEVICE)
