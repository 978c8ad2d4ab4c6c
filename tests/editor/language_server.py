# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an editor does with a language server, over its standard input and output."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SETTINGS = {
    # As the guide says. The store of schemas is on the internet.
    "yaml": {"customTags": ["!vault scalar", "!unsafe scalar"], "schemaStore": {"enable": False, "url": ""}},
    "[yaml]": {"editor.tabSize": 2},
    "editor": {"detectIndentation": True},
}
_LIMIT = 60.0


class LanguageServer:
    """A running server. Use it as a context manager."""

    def __init__(self, program: Path, settings: Mapping[str, Any] | None = None) -> None:
        self._settings = SETTINGS if settings is None else settings
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._answers: dict[int, Any] = {}
        self._arrived: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last = 0
        self._configured = False
        self._process = subprocess.Popen(
            ["node", str(program), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> LanguageServer:
        capabilities = {
            "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}},
            "textDocument": {"publishDiagnostics": {}, "completion": {}, "hover": {"contentFormat": ["markdown"]}},
        }
        self.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": self._settings}})
        while not self._configured:
            self._take()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._reader.join()

    def open(self, files: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        """Open files, by URI; what is marked in each."""
        for uri, text in files.items():
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
            self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while not set(files) <= set(self._diagnostics):
            self._take()
        return {uri: self._diagnostics[uri] for uri in files}

    def ask(self, method: str, params: Any) -> Any:
        """A request and its answer."""
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while self._last not in self._answers:
            self._take()
        return self._answers.pop(self._last)

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """A request about a place in a file."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return self.ask(f"textDocument/{method}", place)

    def _take(self) -> None:
        message = self._arrived.get(timeout=_LIMIT)
        assert message is not None, "the language server has ended"
        method, params = message.get("method"), message.get("params") or {}
        if method == "textDocument/publishDiagnostics":
            self._diagnostics[params["uri"]] = params["diagnostics"]
        elif method == "workspace/configuration":
            found = [self._settings.get(item.get("section") or "", {}) for item in params["items"]]
            self._send({"id": message["id"], "result": found})
            self._configured = True
        elif method is not None and "id" in message:
            self._send({"id": message["id"], "result": None})
        elif "id" in message:
            assert "error" not in message, message
            self._answers[message["id"]] = message["result"]

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._arrived.put(json.loads(stream.read(length)))
        self._arrived.put(None)
