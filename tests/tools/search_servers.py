# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes real search servers from the libraries of Maven Central, below .build/search, for tests/search."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from environments import BUILD, LOCKS, ROOT

SOURCES = ROOT / "tests" / "search"
FOLDER = BUILD / "search"
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""
_REINDEX = re.compile(r"(org/[a-z/]*/Reindex(?:Module)?Plugin)\.class")


class NoServersError(Exception):
    """Why there are none on this machine."""


class NoLibrariesError(NoServersError):
    """Maven cannot get the libraries that they are made of."""


@dataclass(frozen=True)
class Recipe:
    """What a server is made of.

    :param transport: the class of the plugin that speaks HTTP.
    """

    name: str
    family: str
    version: str
    java: str
    transport: str
    profiles: tuple[str, ...]


RECIPES = (
    Recipe(
        "elasticsearch7",
        "elasticsearch",
        "7.17.29",
        "1.8",
        "org.elasticsearch.transport.Netty4Plugin",
        ("elasticsearch7",),
    ),
    Recipe(
        "elasticsearch8",
        "elasticsearch",
        "8.17.0",
        "17",
        "org.elasticsearch.transport.netty4.Netty4Plugin",
        ("elasticsearch8",),
    ),
    Recipe("opensearch2", "opensearch", "2.19.3", "11", "org.opensearch.transport.Netty4Plugin", ("opensearch2",)),
    Recipe(
        "opensearch2-security",
        "opensearch",
        "2.19.3",
        "11",
        "org.opensearch.transport.Netty4Plugin",
        ("opensearch2", "security"),
    ),
)


def ensure(say: Callable[[str], None] = print) -> Path:
    """The folder with a home for each server; made once.

    :raises NoServersError: Java or Maven are missing, or Maven gets no libraries.
    """
    with LOCKS["search"]:
        return _ensure(say)


def _ensure(say: Callable[[str], None]) -> Path:
    missing = [name for name in ("java", "javac", "jar", "mvn") if shutil.which(name) is None]
    if missing:
        raise NoServersError(f"no {', '.join(missing)} on PATH; real search servers need a JDK (17 or newer) and Maven")
    found = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', found.stderr)
    if version is None or int(version[1]) < 17:
        raise NoServersError("real search servers need a JDK 17 or newer")
    sources = [Path(__file__), *sorted(path for path in SOURCES.rglob("*") if path.suffix in (".java", ".xml"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = FOLDER / "made"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return FOLDER
    shutil.rmtree(FOLDER, ignore_errors=True)
    for recipe in RECIPES:
        say(f"   {recipe.name} {recipe.version}: libraries by Maven (once, for a minute or so)")
        _make(recipe)
    stamp.write_text(digest, encoding="utf-8")
    return FOLDER


def _make(recipe: Recipe) -> None:
    home = FOLDER / recipe.name
    libraries, modules = home / "lib", home / "modules"
    for folder in (libraries, modules, home / "plugins", home / "config", home / "classes"):
        folder.mkdir(parents=True)
    _run(
        "mvn",
        "--batch-mode",
        "--quiet",
        "--file",
        str(SOURCES / "pom.xml"),
        "--activate-profiles",
        ",".join(recipe.profiles),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={libraries}",
    )
    (home / "config" / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    _module(recipe, modules / "transport-netty4", recipe.transport, libraries, ("netty-*", "transport-netty4*"))
    for archive in libraries.glob("reindex-client*.jar"):
        named = next(filter(None, map(_REINDEX.match, zipfile.ZipFile(archive).namelist())))
        _module(recipe, modules / "reindex", named[1].replace("/", "."), libraries, ("reindex-client*",))
    _compile(SOURCES / "java" / recipe.family / "Launcher.java", libraries, home / "classes")
    if recipe.name == "elasticsearch8":
        built = home / "root"
        _compile(SOURCES / "java" / "root" / "RootPlugin.java", libraries, built)
        _module(recipe, modules / "root", "root.RootPlugin", libraries, ())
        _run("jar", "cf", str(modules / "root" / "root.jar"), "-C", str(built), "root")
    for archive in libraries.glob("opensearch-security-*.zip"):
        plugin = home / "plugins" / "opensearch-security"
        zipfile.ZipFile(archive).extractall(plugin)
        archive.unlink()
        _separate(plugin, libraries, modules / "reindex")
        defaults = next(plugin.rglob("config.yml")).parent
        shutil.copytree(defaults, home / "config" / "opensearch-security")


def _separate(plugin: Path, libraries: Path, reindex: Path) -> None:
    """A library may be on the path of the server or on that of a plugin, not on both."""

    def stem(jar: Path) -> str:
        return re.sub(r"-\d.*", "", jar.name)

    of_plugin = {stem(jar) for jar in plugin.glob("*.jar")}
    for jar in libraries.glob("*.jar"):
        if stem(jar) in of_plugin:
            shutil.move(jar, reindex / jar.name)


def _module(recipe: Recipe, folder: Path, class_name: str, libraries: Path, patterns: tuple[str, ...]) -> None:
    folder.mkdir(parents=True)
    values = {
        "description": folder.name,
        "name": folder.name,
        "version": recipe.version,
        "classname": class_name,
        "java.version": recipe.java,
        f"{recipe.family}.version": recipe.version,
        "extended.plugins": "",
        "has.native.controller": "false",
    }
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    (folder / "plugin-descriptor.properties").write_text(lines, encoding="utf-8")
    for pattern in patterns:
        for jar in libraries.glob(pattern):
            shutil.move(jar, folder / jar.name)


def _compile(source: Path, libraries: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    _run("javac", "-nowarn", "-cp", os.path.join(libraries, "*"), "-d", str(target), str(source))


def _run(*command: str) -> None:
    kind = NoLibrariesError if command[0] == "mvn" else NoServersError
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=600
        )
    except subprocess.TimeoutExpired:
        shutil.rmtree(FOLDER, ignore_errors=True)
        raise kind(f"{command[0]} did not end in ten minutes") from None
    if done.returncode:
        shutil.rmtree(FOLDER, ignore_errors=True)
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        raise kind(f"{command[0]} failed: {lines[0]}")


if __name__ == "__main__":
    print(ensure())
