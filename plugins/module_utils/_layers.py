# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Lists that come from several variables, in the order of their precedence: ``NAME``, and every ``NAME__SUFFIX``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """The list of one variable.

    :param variable: its name.
    :param origin: the group, host or file that defines it, as far as Ansible knows; else empty.
    """

    variable: str
    origin: str
    items: Sequence[Any]

    @property
    def source(self) -> str:
        """The variable and its origin, for results."""
        return f"{self.variable} ({self.origin})" if self.origin else self.variable


@dataclass(frozen=True)
class Merged:
    """The items of all layers that have an effect.

    :param paths: the path of each item as the user wrote it, such as ``user_session_exports_slots__shop[1]``.
    :param sources: where each item comes from.
    :param in_result: whether the result of a module names the source of each item.
    """

    items: tuple[Any, ...]
    paths: tuple[str, ...]
    sources: tuple[str, ...]
    in_result: bool = True


Merge = Callable[[Sequence[Layer]], Merged]


def concatenated(layers: Sequence[Layer]) -> Merged:
    """The items of all layers, one after the other."""
    return _merged([(layer, index, item) for layer in layers for index, item in enumerate(layer.items)])


def merged_by_name(layers: Sequence[Layer]) -> Merged:
    """The items of all layers. An item takes the place of the one of a lower layer that has the same name."""
    found: list[tuple[Layer, int, Any]] = []
    for layer in layers:
        # Two of one layer are a mistake, which the validation of the names reports.
        places = {
            name: place for place, (_layer, _index, item) in enumerate(found) if (name := _name(item)) is not None
        }
        for index, item in enumerate(layer.items):
            name = _name(item)
            place = None if name is None else places.pop(name, None)
            if place is None:
                found.append((layer, index, item))
            else:
                found[place] = (layer, index, item)
    return _merged(found)


def _name(item: Any) -> str | None:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) else None


def _merged(found: Sequence[tuple[Layer, int, Any]]) -> Merged:
    return Merged(
        tuple(item for _layer, _index, item in found),
        tuple(f"{layer.variable}[{index}]" for layer, index, _item in found),
        tuple(layer.source for layer, _index, _item in found),
    )
