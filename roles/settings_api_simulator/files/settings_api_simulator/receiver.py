# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTPS endpoint for exports: it checks a password, keeps the sessions that arrive, and answers 200."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .behavior_flags import ConfigError
from .state import write_private

USER = "dynatrace"


class Receiver:
    """A running server. Its certificate is of an authority that is made with it.

    :param folder: where the certificate of the authority is written, for those who are to trust it.
    :raises ConfigError: the package trustme is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import trustme
        except ImportError:
            raise ConfigError("--receiver needs the Python package trustme (pip install trustme)") from None
        self.password = secrets.token_urlsafe(12)
        self.received: list[dict[str, Any]] = []
        authority = trustme.CA()
        self.ca_file = folder / "receiver-ca.pem"
        write_private(self.ca_file, authority.cert_pem.bytes().decode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where sessions are to be sent."""
        return f"https://localhost:{self._server.server_port}/sessions"

    def as_json(self) -> dict[str, str]:
        """For the ready file."""
        return {"url": self.url, "ca_file": str(self.ca_file), "username": USER, "password": self.password}

    def stop(self) -> None:
        """End it, and remove the certificate."""
        self._server.shutdown()
        self._server.server_close()
        with contextlib.suppress(OSError):
            self.ca_file.unlink()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        expected = "Basic " + base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = 200 if self.headers.get("Authorization") == expected else 401
                if status == 200 and self.path != "/sessions":
                    status = 404
                if status == 200 and body:
                    about = {"method": self.command, "content_type": self.headers.get("Content-Type", "")}
                    try:
                        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
                        received.append({**about, "sessions": lines})
                    except ValueError:
                        status = 400
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="sessions"')
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_PUT = do_POST = answer

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has there
                """Says nothing."""

        return Handler
