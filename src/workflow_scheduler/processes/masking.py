"""Replaces secrets in a stream of output, in the forms in which programs print them. Keepers load this module for commands
with secrets."""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

__all__ = ["SHORTEST", "Mask", "Secrets", "forms_of"]

SHORTEST = 6
"""Bytes; a shorter value would be found everywhere."""
_LINE = 8
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CMD = frozenset(b'&|<>^()%!"')


def forms_of(value: bytes) -> set[bytes]:
    """The bytes to look for: the value, its longer lines, and the value as JSON, URLs, base64, shells, cmd and Windows
    write it."""
    if len(value) < SHORTEST:
        return set()
    lines = [line for line in value.replace(b"\r", b"\n").split(b"\n") if len(line) >= _LINE]
    forms = {value, value.replace(b"\n", b"\r\n"), *lines}
    forms |= set(_in_urls(value)) | set(_in_base64(value)) | set(_quoted(value))
    if (text := _text_of(value)) is not None:
        forms |= {json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
        forms |= {form.replace(b"/", b"\\/") for form in forms}
    return {form for form in forms if len(form) >= SHORTEST}


def _in_urls(value: bytes) -> Iterator[bytes]:
    for plain in (_PLAIN, _PLAIN | {ord("/")}):
        for digits in ("%{:02X}", "%{:02x}"):
            form = b"".join(bytes((byte,)) if byte in plain else digits.format(byte).encode() for byte in value)
            yield form
            yield form.replace(b"%20", b"+")


def _in_base64(value: bytes) -> Iterator[bytes]:
    """Wherever it begins in what was encoded: without the characters that depend on what is before and behind it."""
    for before in range(3):
        encoded = b2a_base64(bytes(before) + value, newline=False)
        form = encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield form
        yield form.translate(bytes.maketrans(b"+/", b"-_"))


def _quoted(value: bytes) -> Iterator[bytes]:
    yield value.replace(b"'", b"'\\''")
    yield value.replace(b"'", b"'\"'\"'")
    yield b"".join(b"\\" + bytes((byte,)) if byte in b'\\"$`' else bytes((byte,)) for byte in value)
    yield b"".join(bytes((byte,)) if byte in _PLAIN else b"\\" + bytes((byte,)) for byte in value)
    yield b"".join(b"^" + bytes((byte,)) if byte in _CMD else bytes((byte,)) for byte in value)
    yield value.replace(b'"', b'""')
    yield value.replace(b"%", b"%%")


class Secrets:
    """The values by name. Each occurrence becomes `•••NAME•••`."""

    def __init__(self, values: Mapping[str, bytes]) -> None:
        self._values = values

    @cached_property
    def labels(self) -> Mapping[bytes, bytes]:
        """What replaces each form. Made when something is written: most commands write nothing."""
        labels: dict[bytes, bytes] = {}
        for form, label in _labelled(self._values.items()):
            labels.setdefault(form, label)
        return labels


class Mask:
    """One stream. Bytes that may be the beginning of a secret are held back until it is known whether they are one."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._rest = b""
        self._hidden = 0
        """How many bytes at the beginning of the rest belong to an occurrence that was replaced already."""

    def feed(self, data: bytes) -> bytes:
        """What may be kept now."""
        data = self._rest + data
        return self._replaced(data, min((_beginning(data, form) for form in self._secrets.labels), default=len(data)))

    def end(self) -> bytes:
        """What was held back: nothing follows."""
        return self._replaced(self._rest, len(self._rest))

    def _replaced(self, data: bytes, until: int) -> bytes:
        found = sorted(
            (at, -end, label) for form, label in self._secrets.labels.items() for at, end in _occurrences(data, form)
        )
        parts: list[bytes] = []
        done = self._hidden
        for at, negative_end, label in found:
            if at >= until:
                break
            if at >= done:
                parts += data[done:at], label
            done = max(done, -negative_end)
        parts.append(data[done:until])
        self._rest, self._hidden = data[until:], max(0, done - until)
        return b"".join(parts)


def _labelled(secrets: Iterable[tuple[str, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in secrets:
        label = f"•••{name}•••"
        for form in forms_of(value):
            yield form, label.encode()
        if len(value) >= SHORTEST and (text := _text_of(value)) is not None:
            yield text.encode("utf-16-le"), label.encode("utf-16-le")


def _text_of(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _occurrences(data: bytes, form: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = data.find(form, at + 1)


def _beginning(data: bytes, form: bytes) -> int:
    """Where the end of the data may be the beginning of this form; the length of the data if nowhere."""
    at = data.find(form[:2], max(0, len(data) - len(form) + 1))
    while at >= 0:
        if form.startswith(data[at:]):
            return at
        at = data.find(form[:2], at + 1)
    return len(data) - data.endswith(form[:1])
