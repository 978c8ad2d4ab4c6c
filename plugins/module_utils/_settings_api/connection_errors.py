# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a broken connection means, and whether a write may have been applied. Imports requests at first use."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from .errors import AnswerLost, ConnectionFailed, SettingsError
from .retry import was_refused

# Found in the handshake, before anything of a request is looked at.
_IN_HANDSHAKE = (
    ("hostname mismatch", "its certificate is of another host name", "Check environment_url."),
    ("doesn't match", "its certificate is of another host name", "Check environment_url."),
    ("ip address mismatch", "its certificate is of another host name", "Check environment_url."),
    ("certificate has expired", "its certificate has expired", "It must be renewed on the server."),
    ("self-signed", "its certificate is self-signed", "Name a file with it in ca_path."),
    ("self signed", "its certificate is self-signed", "Name a file with it in ca_path."),
    ("unable to get", "its certificate is of an authority that is not trusted", "Name its CA file in ca_path."),
    ("certificate required", "it asks for a client certificate", "Set client_cert."),
    ("alert unknown ca", "it does not accept the client certificate", "Check client_cert."),
    ("alert bad certificate", "it does not accept the client certificate", "Check client_cert."),
    ("alert certificate", "it does not accept the client certificate", "Check client_cert."),
    ("certificate verify failed", "its certificate cannot be verified", "See ca_path."),
    ("ca certificate bundle", "the file in ca_path cannot be read", "It must be in PEM format."),
    ("could not find a suitable tls ca", "the file in ca_path cannot be read", "It must be in PEM format."),
)
# These can also come later, after a write was applied.
_AT_ANY_TIME = (
    ("wrong_version_number", "it does not speak TLS", "Is the port right?"),
    ("wrong version number", "it does not speak TLS", "Is the port right?"),
    ("sslerror", "the TLS handshake failed", "See ca_path, client_cert and client_key."),
)


def broken(
    error: BaseException, what: str, url: str, timeout: float, *, write: bool, answered: bool = False
) -> SettingsError:
    """Name a failure by its kind, looking through the layers that libraries wrap around it.

    :param what: the request, without its query.
    :param timeout: seconds.
    :param answered: the answer had begun.
    """
    import requests
    import urllib3

    kinds = list(_layers(error))
    host = urlsplit(url).hostname or "the server"

    def has(*types: type[BaseException]) -> bool:
        return any(isinstance(one, types) for one in kinds)

    proxy = has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)
    # Libraries blame the proxy also for what broke after a write was sent through it.
    if proxy and (not write or any(was_refused(one) for one in kinds)):
        return ConnectionFailed(f"The proxy did not let {what} through to {host}.", hint="Check the option proxy.")
    certificate = None if answered else _certificate_problem(" ".join(str(one) for one in kinds), write=write)
    if certificate:
        return ConnectionFailed(f"No trusted connection to {host}: {certificate[0]}.", hint=certificate[1])
    # urllib3 1 has no error of its own for it, only this cause.
    if has(socket.gaierror):
        return ConnectionFailed(f"The host name {host} is not known.", hint="Check environment_url.")
    nobody = has(urllib3.exceptions.NewConnectionError)
    if has(requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError) and not nobody:
        return ConnectionFailed(f"No connection to {host} within {timeout:g} s.")
    if nobody:
        return ConnectionFailed(
            f"No connection to {host}: nothing answers there.", hint="Check environment_url and the network."
        )
    late = has(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)
    why = f"no answer within {timeout:g} s" if late else "the connection broke"
    if write:
        return AnswerLost(f"{what} at {host}: {why}, so it is not known whether it was applied.")
    return ConnectionFailed(f"{what} at {host}: {why}.")


def _layers(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _certificate_problem(text: str, *, write: bool) -> tuple[str, str] | None:
    lowered = text.lower()
    for sign, problem, hint in _IN_HANDSHAKE if write else _IN_HANDSHAKE + _AT_ANY_TIME:
        if sign in lowered:
            return problem, hint
    return None
