# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Reads YAML as Go programs do (``yaml.v2``), which differs from PyYAML in what a plain scalar is.

``y`` and ``on`` are true, also as keys; ``1.10`` is 1.1, unless a text is expected, which is taken as written; a date
is text; there are no numbers of base 60. So nodes are read by what is expected in their place: a value, or a text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .._settings_api.errors import MissingLibrary

_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_NUMBERS = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_PREFIX = "tag:yaml.org,2002:"
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


class InvalidYaml(Exception):
    """Text is not as expected. The message says where, but does not show the text."""


@lru_cache(maxsize=1)
def _loader() -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingLibrary("PyYAML") from None

    class Loader(yaml.SafeLoader):
        """Composes nodes. A plain scalar without a tag has an empty one."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is yaml.ScalarNode and implicit[0]:
                return ""
            return f"{_PREFIX}str" if kind is yaml.ScalarNode else kind.id

    return Loader


def parse(text: str) -> Any:
    """Return the root node of a document, ``None`` if it is empty.

    :raises InvalidYaml: it is no YAML.
    """
    kind = _loader()
    import yaml

    try:
        return yaml.compose(text, Loader=kind)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidYaml(f"is not valid YAML{line}") from None
    except (yaml.YAMLError, RecursionError):
        raise InvalidYaml("is not valid YAML") from None


def fields(node: Any) -> dict[str, Any]:
    """The nodes of a mapping by their keys as they are written.

    :raises InvalidYaml: it is not a mapping.
    """
    if is_null(node):
        return {}
    if node.id != "mapping":
        raise InvalidYaml(f"must be a mapping in line {_line(node)}")
    return {key.value: child for key, child in _pairs(node, ()) if key.id == "scalar"}


def entries(node: Any) -> list[Any]:
    """The nodes of a list.

    :raises InvalidYaml: it is not a list.
    """
    if is_null(node):
        return []
    if node.id != "sequence":
        raise InvalidYaml(f"must be a list in line {_line(node)}")
    return list(node.value)


def text(node: Any) -> str:
    """A scalar where text is expected, exactly as written.

    :raises InvalidYaml: it is not a scalar.
    """
    if is_null(node):
        return ""
    if node.id != "scalar":
        raise InvalidYaml(f"must be text in line {_line(node)}")
    return str(node.value)


def is_null(node: Any) -> bool:
    """Whether there is no value."""
    return node is None or (node.id == "scalar" and node.tag in ("", f"{_PREFIX}null") and node.value in _NULL)


def value(node: Any, above: tuple[Any, ...] = ()) -> Any:
    """A node where any value is allowed. The keys of mappings are texts, as Go prints them.

    :raises InvalidYaml: it contains itself.
    """
    if node is None:
        return None
    if node in above:
        raise InvalidYaml(f"contains itself in line {_line(node)}")
    if node.id == "sequence":
        return [value(child, (*above, node)) for child in node.value]
    if node.id == "mapping":
        return {go_text(value(key)): value(child, (*above, node)) for key, child in _pairs(node, (*above, node))}
    return _scalar(str(node.value), node.tag)


def _pairs(node: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Keys and values. What is merged into a mapping comes first, so that its own values take precedence."""
    for key, child in node.value:
        if _merges(key):
            for merged in child.value if child.id == "sequence" else (child,):
                if merged.id != "mapping" or merged in above:
                    raise InvalidYaml(f"merges a value that is not a mapping in line {_line(key)}")
                yield from _pairs(merged, (*above, merged))
    yield from ((key, child) for key, child in node.value if not _merges(key))


def _merges(key: Any) -> bool:
    return bool(key.id == "scalar" and key.tag == "" and key.value == "<<")


def _scalar(written: str, tag: str) -> Any:
    """A scalar without a tag, or with one of the tags of YAML itself."""
    if tag not in ("", *(f"{_PREFIX}{name}" for name in ("bool", "int", "float", "null"))):
        return written
    if written in _TRUE:
        return True
    if written in _FALSE:
        return False
    if written in _NULL:
        return None
    if written in _NUMBERS:
        return _NUMBERS[written]
    if not written.startswith(tuple("+-.0123456789")):
        return written
    number = written.replace("_", "")
    found = _INTEGER.match(number) if not written.startswith(".") else None
    if found:
        sign, *digits = found.groups()
        integer = next(int(part, base) for part, base in zip(digits, (16, 2, 8, 10), strict=True) if part is not None)
        integer = -integer if sign == "-" else integer
        if _SMALLEST <= integer <= _LARGEST:
            return float(integer) if tag.endswith("float") else integer
    if written.startswith("."):
        # There, underscores must be between digits.
        number = re.sub(r"(?<=[0-9])_(?=[0-9])", "", written)
    found_float = float(number) if _FLOAT.match(number) else float("inf")
    return written if math.isinf(found_float) else found_float


def go_text(data: Any) -> str:
    """A value as Go prints it (``%v``)."""
    if data is None:
        return "<nil>"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, float):
        return _go_float(data)
    if isinstance(data, dict):
        return "map[" + " ".join(f"{key}:{go_text(data[key])}" for key in sorted(data)) + "]"
    return f"[{' '.join(map(go_text, data))}]" if isinstance(data, list) else str(data)


def _go_float(number: float) -> str:
    decimal = Decimal(repr(number))
    if not decimal.is_finite():
        return "NaN" if decimal.is_nan() else "+Inf" if number > 0 else "-Inf"
    digits = decimal.normalize().as_tuple().digits
    power = decimal.adjusted() if decimal else 0
    if -4 <= power < 6:
        return f"{number:.{max(0, len(digits) - 1 - power)}f}"
    return f"{number:.{len(digits) - 1}e}"


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
