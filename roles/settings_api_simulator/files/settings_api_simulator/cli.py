# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import __version__
from .behavior_flags import ConfigError, described
from .control_access import ControlAccess, is_loopback
from .daemon import background, redirect, stop

_EPILOG = """\
Without any option: one environment "abc12345" on http://127.0.0.1:8040, with tokens of every kind, listed in the
ready file. Paths:
  /e/<environment>/api/v2/...                  every environment (Managed, Environment ActiveGate)
  /api/v2/...                                  the default environment (SaaS)
  /platform/classic/environment-api/v2/...     the default environment, bearer tokens (SaaS platform)
  /platform/metadata/v1/classic-environment-domain
  /sso/oauth2/token                            OAuth client credentials (oauth_clients of the configuration)
  /api/cluster/v2/environments                 list of a Managed cluster, cluster tokens (see the ready file)
  /env/v2/accounts/<account>/environments      list of a SaaS account, OAuth clients with the scope account-env-read
  /_simulator/                                 request log, faults, environments and objects (see README.md);
                                               needs control_token of the ready file in the header X-Simulator-Token

Configuration file (JSON, every key optional):
  {"default_environment": "ID", "schemas": ["file or folder"], "behavior_flags": {...},
   "oauth_expires_in": 300, "oauth_clients": {"CLIENT-ID": {"secret": "...", "scopes": [...], "resource": "urn:..."}},
   "cluster": {"environments": ["ID"], "tokens": {...}}, "accounts": {"UUID": {"environments": ["ID"]}},
   "environments": {"ID": {
      "listing": {"name": "...", "state": "ENABLED", "tags": [...], "trial": false, "created": "...", "url": null},
      "tokens": {"NAME": {"token": "...", "scopes": [...], "platform": false, "enabled": true, "expires": null}},
      "behavior_flags": {...}, "schema_overrides": [schema or file], "missing_schemas": ["SCHEMA-ID"],
      "objects": [{"schemaId": "...", "value": {...}, "externalId": "...", "author": "..."}]}}}

Behavior flags (first value: the default):
"""


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="settings_api_simulator",
        description="A local simulator of the Dynatrace Settings API v2.",
        epilog=_EPILOG + described(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = found.add_argument
    add("--version", action="version", version=__version__)
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, default=8040, help="0: a free one (default: 8040)")
    add("--allow-remote", action="store_true", help="allow a --host that other machines can reach")
    add("--config", type=Path, metavar="FILE", help="configuration file")
    add("--environment", action="append", default=[], metavar="ID", help="one more environment; may be repeated")
    add("--schema", action="append", type=Path, default=[], metavar="PATH", help="schema file or folder of them")
    add("--state-file", type=Path, metavar="FILE", help="keep objects and made tokens here; secrets in clear, mode 600")
    add("--ready-file", type=Path, metavar="FILE", help="written when listening: port, pid, URLs, tokens; mode 600")
    add("--tls-cert", type=Path, metavar="FILE", help="serve https with this certificate")
    add("--tls-key", type=Path, metavar="FILE", help="its key")
    add("--tls-client-ca", type=Path, metavar="FILE", help="ask for a client certificate of this authority")
    add(
        "--receiver",
        action="store_true",
        help="also run an HTTPS endpoint for exports, see the ready file",
    )
    add("--stop-after", type=float, metavar="SECONDS", help="end by itself, whatever happens")
    add("--parent-pid", type=int, metavar="PID", help="end when this process is gone")
    add("--daemon", action="store_true", help="go to the background once it listens (needs --log-file)")
    add("--log-file", type=Path, metavar="FILE", help="where the log goes (default: standard error)")
    add("--stop", action="store_true", help="end the simulator that wrote --ready-file, and wait until it is gone")
    add("--wait", type=float, default=30, metavar="SECONDS", help="how long --daemon and --stop wait (default: 30)")
    add("--log-level", choices=["debug", "info", "warning", "error"], default="warning")
    return found


def main(arguments: list[str] | None = None) -> int:
    """:returns: exit code: 0 after a clean end, 2 for wrong input."""
    options = parser().parse_args(arguments)
    report = None
    try:
        if options.stop:
            return stop(options.ready_file, options.wait)
        _check(options)
        if options.daemon:
            report = background(options.log_file, options.wait)
        elif options.log_file is not None:
            redirect(options.log_file)
        return _run(options, report)
    except ConfigError as error:
        text = f"settings_api_simulator: {error}"
        if report is None:
            print(text, file=sys.stderr)
        else:
            report(text)
        return 2


def _run(options: argparse.Namespace, report: Callable[[str], None] | None) -> int:
    try:
        from .app import build
        from .server import Server, configuration, listen, write_ready_file
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        needed = "starlette uvicorn" + (" trustme" if options.receiver else "")
        raise ConfigError(f"the Python package {missing} is missing. Install it: pip install {needed}") from None
    from .config import load
    from .state import SimulatorState

    level = options.log_level
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    state = SimulatorState(load(options.config, options.environment, options.schema), options.state_file)
    stop: dict[str, Any] = {}
    access = ControlAccess(options.host)
    app = build(state, lambda: setattr(stop["server"], "should_exit", True), access)
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        raise ConfigError(f"cannot listen on {options.host} port {options.port}: {error.strerror}") from None
    port = listener.getsockname()[1]
    url = f"{'https' if options.tls_cert else 'http'}://{_host(options.host)}:{port}"
    receiver = None
    if options.receiver:
        from .receiver import Receiver

        receiver = Receiver((options.ready_file or Path.cwd() / "ready").parent)
        state.received = receiver.received

    def ready() -> None:
        content = {
            "pid": os.getpid(),
            "port": port,
            "url": url,
            "control_url": f"{url}/_simulator",
            "control_token": access.token,
            "default_environment": state.default,
            "oauth_token_url": f"{url}/sso/oauth2/token",
            "cluster": {"url": url, "tokens": {key: token.token for key, token in state.cluster_tokens.items()}},
            "accounts": state.config.fleet.accounts,
            "receiver": receiver.as_json() if receiver else None,
            "environments": {
                name: {
                    "url": url if name == state.default else f"{url}/e/{name}",
                    "managed_url": f"{url}/e/{name}",
                    "tokens": {key: token.token for key, token in environment.tokens.items()},
                }
                for name, environment in state.environments.items()
            },
        }
        if options.ready_file is not None:
            write_ready_file(options.ready_file, content)
        if report is not None:
            report("")
        print(f"settings_api_simulator: {url} (environments: {', '.join(state.environments)})", flush=True)

    # uvicorn raises the signal that ended it once more, for the handler that was set before it: this one.
    signal.signal(signal.SIGTERM, _ended)
    tls = (options.tls_cert, options.tls_key, options.tls_client_ca)
    server = Server(configuration(app, level, *tls), ready, options.stop_after, options.parent_pid)
    stop["server"] = server
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
        if receiver:
            receiver.stop()
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)
    return 0 if server.started else 1


def _ended(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _check(options: argparse.Namespace) -> None:
    if not options.allow_remote and not is_loopback(options.host):
        raise ConfigError(f"--host {options.host} can be reached by other machines; --allow-remote allows it")
    if options.daemon and not options.log_file:
        raise ConfigError("--daemon needs --log-file")
    if bool(options.tls_cert) != bool(options.tls_key):
        raise ConfigError("--tls-cert and --tls-key go together")
    if options.tls_client_ca and not options.tls_cert:
        raise ConfigError("--tls-client-ca needs --tls-cert and --tls-key")
    for name in ("tls_cert", "tls_key", "tls_client_ca"):
        path = getattr(options, name)
        if path is not None and not path.is_file():
            raise ConfigError(f"--{name.replace('_', '-')}: there is no file {path}")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
