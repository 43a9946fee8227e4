"""Private keys are found wherever they stand, and never shown. The keys here are put together, so that none stands
in this file."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tidegate.checks.keys import check_keys
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.place import Finding, Location
from tidegate.model.project import Component
from tidegate.model.value import Selector
from tidegate.tree import WorkTree

BODY = base64.encodebytes(bytes(range(200))).decode()
SHORT = base64.b64encode(bytes(48)).decode()


def block(kind: str, body: str = BODY) -> str:
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"


KEYS = {
    "rsa": block("RSA PRIVATE KEY"),
    "pkcs8": block("PRIVATE KEY"),
    "ed25519": block("PRIVATE KEY", SHORT + "\n"),
    "openssh": block("OPENSSH PRIVATE KEY"),
    "encrypted": block("ENCRYPTED PRIVATE KEY"),
    "legacy, with headers": block("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n" + BODY),
    "pgp": block("PGP PRIVATE KEY BLOCK", "Version: x\n\n" + BODY),
    "in JSON": json.dumps({"private_key": block("PRIVATE KEY")}),
    "in YAML": "key: |\n" + "".join(f"    {line}\n" for line in block("PRIVATE KEY").splitlines()),
    "with CRLF": block("PRIVATE KEY").replace("\n", "\r\n"),
    "aws": "aws_access_key_id = " + "AKIA" + "IOSFODNN7EXAMPLE",
    "github": "token: " + "ghp_" + "a1B2" * 9,
    "github fine-grained": "github_pat_" + "a" * 82,
    "google": '"' + "AIza" + "x" * 35 + '"',
    "slack": "xoxb-" + "123456789012-abcdefghij",
    "azure": "AccountKey=" + "A" * 86 + "==",
    "putty": "PuTTY-User-Key-File-" + "3: ssh-ed25519",
    "age": "AGE-SECRET-KEY-1" + "Q" * 58,
}
INNOCENT = {
    "public": block("PUBLIC KEY"),
    "certificate": block("CERTIFICATE"),
    "a header in words": "Look for -----BEGIN PRIVATE KEY----- at the top; then ask.\n" * 20,
    "a header and its end": "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    "a longer word": "XAKIA" + "IOSFODNN7EXAMPLEX",
    "a digest": "sha256:" + "0123456789abcdef" * 4,
    "a mark": "key: {{ secret('tls-key') }}",
}


def found(folder: Path, text: str) -> list[Finding]:
    (folder / "file").write_bytes(text.encode())
    return list(check_keys(WorkTree(folder), ["file"], {}, {}))


@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_found_and_not_shown(tmp_path: Path, name: str) -> None:
    [finding] = found(tmp_path, "# first line\n  " + KEYS[name])
    assert finding.rule == "private-keys"
    assert finding.location.line in (2, 3)
    assert not any(part in finding.message + finding.fix for part in KEYS[name].split() if len(part) > 12)


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_no_key_is_none(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, INNOCENT[name]) == []


def test_every_key_of_a_file_is_found_at_its_column(tmp_path: Path) -> None:
    text = "é: " + KEYS["aws"][-20:] + "\n" + KEYS["github"] + "\n" + KEYS["rsa"] + KEYS["rsa"]
    where = [finding.location for finding in found(tmp_path, text)]
    assert sorted(where)[:2] == [Location("file", 1, 4), Location("file", 2, 8)]
    assert len(where) == 4


def test_binary_files_are_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x00\xff\xfe" + KEYS["aws"].encode() + b"\x00")
    assert len(list(check_keys(WorkTree(tmp_path), ["file"], {}, {}))) == 1


def component() -> Component:
    return Component("web", "files", Selector(((),), "all"), "default", "components/web.yaml")


def rendered(*parts: bytes | Mark) -> dict[tuple[str, str], Artifact]:
    artifact = Artifact("files", (Entry("/etc/key", "0600", "root", "root", parts),))
    return {("web-01", "web"): artifact, ("web-02", "web"): artifact}


def test_a_key_that_a_template_puts_together_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("body: " + BODY)
    artifacts = rendered(KEYS["pkcs8"].encode())
    [finding] = check_keys(WorkTree(tmp_path), ["file"], {"web": component()}, artifacts)
    assert finding.location == Location("components/web.yaml")
    assert "web-01" in finding.message


def test_a_key_that_stands_in_a_file_is_not_said_again_for_devices(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(KEYS["in YAML"])
    artifacts = rendered(KEYS["pkcs8"].encode())
    [finding] = check_keys(WorkTree(tmp_path), ["file"], {"web": component()}, artifacts)
    assert finding.location.file == "file"


def test_a_secret_by_name_is_fine(tmp_path: Path) -> None:
    artifacts = rendered(b"key: ", Mark("tls-key", 1), b"\n")
    assert list(check_keys(WorkTree(tmp_path), [], {"web": component()}, artifacts)) == []
