# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An independent server that is compatible with OpenSearch, if the package osmem-server is installed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from .endpoint_servers import App, Asked, Said


@contextlib.contextmanager
def search_server() -> Iterator[App]:
    """Run the server and forward requests to it. Skips the test if it is not installed."""
    package = pytest.importorskip("osmem_server")
    binary = shutil.which(str(Path(package.__file__).parent / "bin" / "osmem-server"))
    assert binary
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [binary, "-addr", f"127.0.0.1:{port}", "-no-stdin-watch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def forward(asked: Asked) -> Said:
        headers = {name: text for name, text in asked.headers.items() if name == "content-type"}
        url = f"http://127.0.0.1:{port}{asked.path}"
        request = Request(url, data=asked.body or None, headers=headers, method=asked.method)
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310 - http, above
                return Said(answer.status, answer.read())
        except OSError as error:
            return Said(getattr(error, "code", 502), getattr(error, "read", bytes)())

    try:
        for _attempt in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield forward
    finally:
        process.terminate()
        process.wait(10)
