# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One node of a real search server on loopback, and what a test asks of it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme
from cryptography.hazmat.primitives import serialization

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    PASSWORD,
    App,
    Asked,
    EndpointServer,
    Said,
    World,
    basic,
    locked,
    serving,
    to_elastic,
)

# Of the users in security/internal_users.yml.
USER_PASSWORD = "search-test-password"
_NDJSON = "application/x-ndjson"
# On a busy machine; 10 to 20 otherwise.
_START_SECONDS = 300


@dataclass
class Cluster:
    """A running node.

    :param gate: the endpoint that exports use: TLS and a password in front of a plain node, or the node itself.
    """

    name: str
    port: int
    world: World
    tls: ssl.SSLContext | None = None
    gate: EndpointServer | None = None
    node: subprocess.Popen[bytes] | None = None
    requests: list[str] = field(default_factory=list)

    @property
    def major(self) -> int:
        """As Elasticsearch counts."""
        return {"elasticsearch7": 7, "elasticsearch8": 8}.get(self.name, 8)

    @property
    def opensearch(self) -> bool:
        """Whether it is OpenSearch."""
        return self.name.startswith("opensearch")

    @property
    def secured(self) -> bool:
        """Whether it has users and roles of its own."""
        return self.tls is not None

    def raw(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json", user: str = "admin"
    ) -> Said:
        """One request past the gate."""
        where = ("localhost", self.port)
        line = (
            http.client.HTTPSConnection(*where, timeout=60, context=self.tls)
            if self.tls
            else http.client.HTTPConnection(*where, timeout=60)
        )
        headers = {"Content-Type": kind} if body else {}
        if self.tls:
            pair = base64.b64encode(f"{user}:{USER_PASSWORD}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        with contextlib.closing(line):
            line.request(method, path, body=body or None, headers=headers)
            answer = line.getresponse()
            return Said(answer.status, answer.read(), dict(answer.getheaders()))

    def ask(self, method: str, path: str, body: Any = None, *statuses: int) -> Any:
        """One request that has to succeed."""
        said = self.raw(method, path, b"" if body is None else json.dumps(body).encode())
        assert said.status in (statuses or (200, 201)), f"{method} {path}: {said.status} {said.content[:600]!r}"
        return json.loads(said.content) if said.content else None

    def forward(self, asked: Asked) -> Said:
        """For the gate: the same request to the node."""
        self.requests.append(f"{asked.method} {asked.path}")
        said = self.raw(asked.method, asked.path, asked.body, asked.headers.get("content-type", ""))
        kept = {name: text for name, text in said.headers.items() if name.lower() in ("content-type", "warning")}
        return Said(said.status, said.content, kept)

    def export(
        self, index: str, *, path: str = "/_bulk", user: str = "admin", doc_type: str | None = None, **endpoint: Any
    ) -> dict[str, Any]:
        """An export that sends to an index here."""
        direct = {"index_name": index, **({"doc_type": doc_type} if doc_type else {})}
        login = basic(USER_PASSWORD if self.secured else PASSWORD)
        if self.secured:
            login["basic_auth"]["username"] = user
        return to_elastic(self.url(path), send_direct=direct, endpoint=endpoint, authentication=login)

    def url(self, path: str) -> str:
        """An address of the endpoint that exports use."""
        return f"https://localhost:{self.gate.port if self.gate else self.port}{path}"

    def mapping(self, index: str) -> dict[str, Any]:
        """The mapping behind a name, an empty one if there is none."""
        said = self.raw("GET", f"/{quote(index, safe='')}")
        if said.status != 200:
            return {}
        found = json.loads(said.content)
        return dict(found[sorted(found)[-1]].get("mappings", {}))

    def inventory(self) -> dict[str, Any]:
        """Everything that a check must leave alone: indices with mappings, counts and sizes, aliases, templates."""
        state = self.ask(
            "GET",
            "/_cluster/state/metadata?filter_path=metadata.indices.*.mappings,metadata.indices.*.aliases,"
            "metadata.indices.*.state,metadata.templates,metadata.index_template,metadata.data_stream",
        )
        said = self.raw("GET", "/_stats/indexing?filter_path=indices.*.primaries")
        stats = json.loads(said.content).get("indices", {}) if said.status == 200 else {}
        ours = {name: one["primaries"]["indexing"] for name, one in stats.items() if not name.startswith(".")}
        return {
            "state": state,
            "documents": {n: one["index_total"] - one["delete_total"] for n, one in ours.items() if one["index_total"]},
            "writes": {name: one["index_total"] for name, one in ours.items() if one["index_total"]},
        }

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """The node accepts connections and does nothing."""
        assert self.node is not None
        self.node.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.node.send_signal(signal.SIGCONT)
            self.ask("GET", "/_cluster/health")

    def discard(self, name: str) -> None:
        """Remove all that begins with a name: a large cluster state would slow down the tests that follow."""
        for kind in (
            "_data_stream/",
            "",
            "_index_template/",
            "_template/",
            "_component_template/",
            "_ingest/pipeline/",
        ):
            self.raw("DELETE", f"/{kind}{name}*")


@contextlib.contextmanager
def running(name: str, folder: Path, work: Path) -> Iterator[Cluster]:
    """Start a node, wait until it answers, stop it in the end.

    :param folder: its home, as tests/tools/search_servers.py makes it.
    :param work: an empty folder for its data and configuration.
    """
    home = work / "home"
    home.mkdir(parents=True)
    for part in ("lib", "modules", "plugins", "classes"):
        (home / part).symlink_to(folder / part)
    shutil.copytree(folder / "config", home / "config")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world = World(work)
    cluster = Cluster(name, port, world)
    settings = {
        "node.name": "node",
        "cluster.name": "tests",
        "http.host": "127.0.0.1",
        "http.port": str(port),
        "transport.host": "127.0.0.1",
        "transport.port": "0",
        "discovery.type": "single-node",
        "action.destructive_requires_name": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    if name.endswith("-security"):
        settings |= _secure(cluster, home / "config")
    command = ["java", "-Xms256m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    command += [f"-Des.path.home={home}", f"-Dopensearch.path.home={home}"]
    command += [f"-Dlog4j.configurationFile={home / 'config' / 'log4j2.properties'}"]
    if name == "elasticsearch8":
        command += ["--module-path", str(home / "lib"), "--add-modules=ALL-MODULE-PATH", "-cp", str(home / "classes")]
    else:
        command += ["-cp", f"{home / 'lib'}/*:{home / 'classes'}"]
    command += ["Launcher", str(home), *(f"{key}={value}" for key, value in settings.items())]
    with (work / "log").open("wb") as log:
        node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        cluster.node = node
        try:
            _wait(cluster, node, work / "log")
            if cluster.secured:
                yield cluster
            else:
                with serving(locked(_as_app(cluster)), world.tls()) as gate:
                    cluster.gate = gate
                    yield cluster
        finally:
            node.kill()
            node.wait(30)


def _as_app(cluster: Cluster) -> App:
    return cluster.forward


def _wait(cluster: Cluster, node: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert node.poll() is None, log.read_text(errors="replace")[-3000:]
        with contextlib.suppress(OSError, http.client.HTTPException):
            if cluster.raw("GET", "/_cluster/health").status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"{cluster.name} did not start: {log.read_text(errors='replace')[-3000:]}")


def _secure(cluster: Cluster, config: Path) -> dict[str, str]:
    """Certificates, users and roles."""
    for path in (Path(__file__).parent / "security").glob("*.yml"):
        shutil.copyfile(path, config / "opensearch-security" / path.name)
    authority: trustme.CA = cluster.world.authority
    issued = authority.issue_cert("localhost", "127.0.0.1")
    (config / "node.pem").write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    plain = serialization.NoEncryption()
    (config / "node.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    authority.cert_pem.write_to_path(str(config / "ca.pem"))
    cluster.tls = ssl.create_default_context(cafile=cluster.world.ca_path)
    cluster.tls.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return {
        "plugins.security.ssl.transport.pemcert_filepath": "node.pem",
        "plugins.security.ssl.transport.pemkey_filepath": "node.key",
        "plugins.security.ssl.transport.pemtrustedcas_filepath": "ca.pem",
        "plugins.security.ssl.transport.enforce_hostname_verification": "false",
        "plugins.security.ssl.http.enabled": "true",
        "plugins.security.ssl.http.pemcert_filepath": "node.pem",
        "plugins.security.ssl.http.pemkey_filepath": "node.key",
        "plugins.security.allow_unsafe_democertificates": "true",
        "plugins.security.allow_default_init_securityindex": "true",
        "plugins.security.nodes_dn": "O=trustme*",
        "plugins.security.restapi.roles_enabled": "all_access",
    }


def bulk(index: str, documents: list[dict[str, Any]], **action: str) -> bytes:
    """Sessions as Dynatrace sends them."""
    lines: list[Mapping[str, Any]] = []
    for one in documents:
        place = {"_index": index, **action, "_id": f"{one['tenantId']}-{one['internalUserId']}-{one['startTime']}"}
        lines += [{"index": place}, one]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)
