"""The shop's own program, as an administrator of its machine knows it.

shop check FILE          is this a configuration? (what a device's `validate` asks)
shop reload ROOT         the server reads its files again, and has done so when this returns (`activate`)
shop serve ROOT PORT     serves 127.0.0.1:PORT until its stdin is closed
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from tidegate.app.demo.shop.files import CONTROL, Unreadable, read_numbers


def reload(root: Path) -> None:
    os.chdir(root)
    with socket.socket(socket.AF_UNIX) as asker:
        try:
            asker.connect(CONTROL)
        except OSError as error:
            raise Unreadable(
                f"no shop runs here ({error.strerror}); start all of them: tidegate demo --serve"
            ) from None
        answer = asker.recv(4096).decode()
    if answer != "loaded":
        raise Unreadable(answer)


def main(arguments: list[str]) -> None:
    try:
        match arguments:
            case ["check", file]:
                read_numbers(Path(file))
            case ["reload", root]:
                reload(Path(root))
            case ["serve", root, port]:
                from tidegate.app.demo.shop.server import serve

                serve(Path(root), int(port))
            case _:
                sys.exit("usage: shop check FILE | shop reload ROOT | shop serve ROOT PORT")
    except (Unreadable, OSError) as error:
        sys.exit(f"shop: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
