# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authorities that are read once for many environments are trusted as strictly as those that each would read."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import adapter as trust
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    FINE,
    failure,
    read,
    server_side,
    serving,
)

trustme = pytest.importorskip("trustme")


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture
def preloaded(authority: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The authority is the bundle; once read, the file is gone."""
    bundle = tmp_path / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setattr(trust, "_bundled", None)
    monkeypatch.setattr("requests.certs.where", lambda: str(bundle))
    trust.preload()
    bundle.unlink()
    yield


@pytest.mark.usefixtures("preloaded")
def test_a_certificate_of_a_bundled_authority_is_accepted_without_reading_again(
    authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Any] = []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *arguments, **_more: reads.append(arguments))
    with serving(FINE, server_side(authority, "127.0.0.1")) as line:
        assert read(line.url) == []
        assert read(line.url) == []
    assert reads == []


@pytest.mark.usefixtures("preloaded")
def test_another_authority_and_another_name_are_refused(authority: Any) -> None:
    with serving(FINE, server_side(trustme.CA(), "127.0.0.1")) as line:
        assert "ca_path" in str(failure(read, line.url))
        assert line.requests == []
        # A client that asks for no check gets none, and leaves it on for the others.
        assert read(line.url, validate_certs=False) == []
        assert "ca_path" in str(failure(read, line.url))
    with serving(FINE, server_side(authority, "127.0.0.9")) as line:
        assert "another host name" in str(failure(read, line.url))
        assert line.requests == []


@pytest.mark.usefixtures("preloaded")
def test_an_own_authority_replaces_the_bundled_ones(authority: Any, tmp_path: Path) -> None:
    other = trustme.CA()
    other.cert_pem.write_to_path(str(tmp_path / "own.pem"))
    with serving(FINE, server_side(other, "127.0.0.1")) as line:
        assert read(line.url, ca_path=str(tmp_path / "own.pem")) == []
    with serving(FINE, server_side(authority, "127.0.0.1")) as line:
        assert "ca_path" in str(failure(read, line.url, ca_path=str(tmp_path / "own.pem")))
