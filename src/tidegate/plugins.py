"""Tables name -> "module:Class": what there is to choose from, imported only when it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "local": "tidegate.drivers.local:LocalDriver",
        "ssh": "tidegate.drivers.ssh.driver:SshDriver",
        "simulated": "tidegate.drivers.simulated:SimulatedDriver",
    }
)
PROBES: Mapping[str, str] = MappingProxyType(
    {
        "http": "tidegate.probes.http:HttpProber",
        "tcp": "tidegate.probes.tcp:TcpProber",
        "command": "tidegate.probes.command:CommandProber",
        "login": "tidegate.probes.login:LoginProber",
    }
)


def load_plugin(table: Mapping[str, str], name: str) -> Any:
    """The class that a table names. KeyError for a name it does not have."""
    module, _, attribute = table[name].partition(":")
    return getattr(import_module(module), attribute)
