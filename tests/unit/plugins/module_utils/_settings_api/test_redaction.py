# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is left in a text, however a server repeats it, and ordinary text stays as it is."""

from __future__ import annotations

import base64
import html
import json
import string
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.redaction import REDACTED, Redactor

PART = "QMHCVZYOJWN3B5XKL7DRTAGEU4PIS26F" * 2
TOKEN = f"dt0c01.ST2EY72KQINMH574WMNVI7YN.{PART}"
PASSWORD = "correct+horse/b\u00e4ttery&st\u00e4ple"
SWAPPED = str.maketrans(
    string.ascii_lowercase + string.ascii_uppercase, string.ascii_uppercase + string.ascii_lowercase
)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "other case": lambda text: text.translate(SWAPPED),
    "lower case": lambda text: text.lower() if text.isascii() else text,
    "URL": lambda text: quote(text, safe=""),
    "URL, slashes kept": quote,
    "form": quote_plus,
    "URL, lower case": lambda text: quote(text, safe="").lower(),
    "URL twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form twice": lambda text: quote_plus(quote_plus(text)),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper(),
    "base64": in_base64,
    "base64 of URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: in_base64(text).rstrip("="),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not escaped": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "HTML": html.escape,
    "base64 in a URL": lambda text: quote(in_base64(text), safe=""),
    "reversed": lambda text: text[::-1],
    "reversed, URL": lambda text: quote(text[::-1], safe=""),
    "reversed, base64": lambda text: in_base64(text[::-1]),
}
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(string.printable[:95]), min_size=8)
AROUND = st.text(max_size=30)


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("secret", [TOKEN, PASSWORD, "12345678", "p4ss"])
def test_an_encoded_secret_is_replaced(secret: str, echo: str) -> None:
    said = ECHOES[echo](secret)
    reported = Redactor([secret])(f"Refused: '{said}' is wrong")
    assert reported.startswith("Refused: '(redacted)")
    assert reported.endswith("' is wrong")
    assert said not in reported


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("begin", [0, 5, 11])
def test_half_of_a_secret_is_replaced(echo: str, begin: int) -> None:
    said = ECHOES[echo](PASSWORD[begin : begin + (len(PASSWORD) + 1) // 2])
    assert said not in Redactor([PASSWORD])(f"it is <{said}>")


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
def test_a_secret_within_base64_is_replaced(before: str) -> None:
    said = in_base64(f"{before}{PASSWORD}:more")
    begin, end = (len(text.encode()) * 8 for text in (before, before + PASSWORD))
    first, last = Redactor([PASSWORD])(said).split(REDACTED)
    # Only characters that hold bits of the text around it are left.
    assert len(first) * 6 < begin + 6
    assert (len(said) - len(last)) * 6 > end - 6


@pytest.mark.parametrize("secret", [TOKEN, f"Api-Token {TOKEN}", f"client:{TOKEN.replace('dt0c01', 'dt0s02')}"])
@pytest.mark.parametrize("begin", [0, 20, len(PART) - 12])
def test_twelve_characters_of_the_secret_part_of_a_token_are_replaced(secret: str, begin: int) -> None:
    said = PART[begin : begin + 12]
    for echo in (said, said.lower(), said.encode().hex(), said[::-1]):
        assert Redactor([secret])(f"starts with {echo}.") == "starts with (redacted)."


def test_the_public_part_of_a_token_stays() -> None:
    public = TOKEN.removesuffix(f".{PART}")
    assert Redactor([TOKEN])(f"The token {public} is disabled.") == f"The token {public} is disabled."


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("", "nothing"),
        ("abc", "abc is too short"),
        ("    ", "only    blanks"),
        ("admin", "administer: admi, dmin"),
        ("a          b", "a     table    with          blanks"),
        ("https://user:pa55word@proxy.example.com:8080", "https://other.example.com:8080"),
        (None, "None"),
        (7777, "7777"),
    ],
)
def test_ordinary_text_stays(secret: object, text: str) -> None:
    expected = text.replace("admin", REDACTED) if secret == "admin" else text
    assert Redactor([secret])(text) == expected


def test_the_password_in_a_url_is_replaced() -> None:
    redact = Redactor(["https://user:pa55word@proxy.example.com/hooks/T0123/B4567/xyz"])
    assert redact("it is pa55word") == "it is (redacted)"
    assert redact("at /hooks/T0123/B4567/xyz") == "at (redacted)"


def test_overlapping_secrets_are_replaced_together() -> None:
    assert Redactor(["abcdefgh", "efghijkl"])("<abcdefghijkl>") == "<(redacted)>"


@pytest.mark.parametrize("secret", ["redacted", "(redacted)", "xxredactedxx"])
def test_a_second_time_changes_nothing_for_secrets_like_the_placeholder(secret: str) -> None:
    redact = Redactor([secret, PASSWORD])
    once = redact(f"it is {PASSWORD}, {secret}")
    assert redact(once) == once


@given(secret=PRINTABLE, echo=st.sampled_from(list(ECHOES)), before=AROUND, after=AROUND)
def test_no_secret_is_found_afterwards(secret: str, echo: str, before: str, after: str) -> None:
    assume(len(secret.strip()) >= 8)
    said = ECHOES[echo](secret)
    redact = Redactor([secret])
    once = redact(before + said + after)
    # What stands on both sides of a placeholder was never one text.
    assert said.removesuffix("%3D%3D").removesuffix("%3D").rstrip("=") not in once.replace(REDACTED, "\0")
    assert redact(once) == once


@given(
    part=st.text(string.ascii_uppercase + string.digits, min_size=64, max_size=64),
    begin=st.integers(0, 52),
    length=st.integers(12, 64),
    echo=st.sampled_from(list(ECHOES)),
    before=AROUND,
    after=AROUND,
)
def test_no_part_of_a_token_is_left(part: str, begin: int, length: int, echo: str, before: str, after: str) -> None:
    said = ECHOES[echo](part[begin : begin + length])
    once = Redactor([f"dt0s16.ABCDEFGH.{part}"])(before + said + after)
    assert REDACTED in once
    left = once.replace(REDACTED, "\0").upper()
    assert not any(part[at : at + 12] in left or part[::-1][at : at + 12] in left for at in range(53))
    assert said.removesuffix("%3D%3D").removesuffix("%3D").rstrip("=") not in once


@pytest.mark.parametrize(
    "text",
    [
        "The value of the property is not allowed. ",
        f"{PART[:11]}-",
        f"{PASSWORD} ",
        "\u00e4\u00f6\u00fc \u4e2d\u6587 ",
        "dt0c01.ST2EY72KQINMH574WMNVI7YN.",
    ],
)
def test_the_time_is_proportional_to_the_text(text: str) -> None:
    redact = Redactor([TOKEN, PASSWORD])
    long = text * (1_000_000 // len(text))
    took = []
    for _turn in range(3):
        begin = time.process_time()
        reported = redact(long)
        took.append(time.process_time() - begin)
    # The best of three: other processes slow down some of them.
    assert min(took) < 5
    assert PASSWORD not in reported


def test_a_redactor_that_is_not_called_prepares_nothing() -> None:
    redact = Redactor([TOKEN, PASSWORD])
    assert "_echoes" not in vars(redact) and "_lengths" not in vars(redact)
    assert redact("any text of a server") == "any text of a server"
    assert "_echoes" in vars(redact)
