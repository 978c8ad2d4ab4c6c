# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object ids, update tokens and access tokens, in the shapes that real ones were seen to have.

Both ids are base64url without padding around a magic number: clients must treat them as opaque, and some decode
them anyway (the number of a management zone is computed from its object id).
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
import uuid

_OBJECT_MAGIC = bytes.fromhex("beef54de15dadead")
_TOKEN_MAGIC = bytes.fromhex("beef54de15d8dead")
_TOKEN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

ENVIRONMENT_SCOPE = "environment"


def new_uid() -> str:
    """A UUID that is not of version 4: the first 8 bytes of such a one are the number of a management zone."""
    raw = bytearray(secrets.token_bytes(16))
    raw[6] = (raw[6] & 0x0F) | 0x30
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def new_revision() -> str:
    """A revision id: time based, as the server's are. Never the same twice."""
    return str(uuid.uuid1())


def zone_number(uid: str) -> str:
    """The numeric id of a management zone as text: the first half of its UUID as a signed number."""
    return str(int.from_bytes(uuid.UUID(uid).bytes[:8], "big", signed=True))


def scope_class(scope: str) -> str:
    """``HOST`` of ``HOST-D3A3C5A146830A79``; a scope without an id is its own class."""
    if scope == "environment-default":
        return scope
    return scope.split("-", 1)[0]


def _class_and_key(scope: str) -> tuple[str, str]:
    kind = scope_class(scope)
    return kind, scope.removeprefix(f"{kind}-")


def object_id(schema_id: str, scope: str, uid: str) -> str:
    """The id of an object. It holds the class of the scope and its key; environment scope is called tenant, twice."""
    kind, key = ("tenant", "tenant") if scope == ENVIRONMENT_SCOPE else _class_and_key(scope)
    packed = b"".join(_packed(part) for part in (schema_id, kind, key, uid))
    return _encode(_OBJECT_MAGIC + struct.pack(">i", 1) + packed + _OBJECT_MAGIC)


def read_object_id(text: str) -> tuple[str, str, str] | None:
    """Schema id, scope and UUID of an object id; None if it is none."""
    raw = _decode(text)
    if raw is None or not raw.startswith(_OBJECT_MAGIC) or not raw.endswith(_OBJECT_MAGIC):
        return None
    parts = _unpacked(raw[12:-8])
    if parts is None or len(parts) != 4:
        return None
    schema_id, kind, key, uid = parts
    if kind == "tenant":
        return schema_id, ENVIRONMENT_SCOPE, uid
    return schema_id, f"{kind}-{key}" if key != kind else kind, uid


def update_token(uid: str, revision: str) -> str:
    """The update token of one revision of one object."""
    body = _packed(uid) + _packed(revision)
    return _encode(_TOKEN_MAGIC + struct.pack(">H", len(body)) + body + _TOKEN_MAGIC)


def read_update_token(text: str) -> tuple[str, str] | None:
    """Object UUID and revision of an update token; None if it is none."""
    raw = _decode(text)
    if raw is None or not raw.startswith(_TOKEN_MAGIC) or not raw.endswith(_TOKEN_MAGIC):
        return None
    parts = _unpacked(raw[10:-8])
    return (parts[0], parts[1]) if parts is not None and len(parts) == 2 else None


def new_access_token(prefix: str = "dt0c01") -> str:
    """A token as the real ones look: prefix, public part of 24 letters, secret part of 64."""
    return f"{prefix}.{_letters(24)}.{_letters(64)}"


def token_identifier(token: str) -> str:
    """The public part of a token, the one that may be shown."""
    parts = token.split(".")
    return ".".join(parts[:2]) if len(parts) == 3 else "unknown"


def _letters(count: int) -> str:
    return "".join(secrets.choice(_TOKEN_LETTERS) for _turn in range(count))


def _packed(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _unpacked(raw: bytes) -> list[str] | None:
    parts: list[str] = []
    while raw:
        if len(raw) < 2:
            return None
        (length,) = struct.unpack(">H", raw[:2])
        if len(raw) < 2 + length:
            return None
        try:
            parts.append(raw[2 : 2 + length].decode())
        except UnicodeDecodeError:
            return None
        raw = raw[2 + length :]
    return parts


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    stripped = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))
    except (binascii.Error, ValueError):
        return None
