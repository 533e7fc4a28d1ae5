"""Encodes MIME bundles as records: DISPLAY and RESULT of section 6 of the agent protocol."""

import binascii
import json
import struct

DISPLAY, RESULT, CLEAR, VARIABLE = 1, 2, 3, 4

_RECORD_LIMIT = 32 << 20
_TEXT_LIMIT = 1 << 20
_ENTRY_LIMIT = 64

# Richest first. Types that are not listed come before all of these, and text/plain comes last.
_ORDER = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "text/markdown",
    "text/latex",
    "application/json",
    "application/javascript",
)


def encode(data):
    """The record body of a mapping from MIME type to value. Values are as in Jupyter: str, bytes,
    base64 str for binary types, otherwise JSON values. text/plain is always there, at the end."""
    entries = []
    notes = []
    room = _RECORD_LIMIT - _TEXT_LIMIT - 8192
    rich = sorted((mime for mime in data if mime != "text/plain"), key=_rank)
    for mime in rich[: _ENTRY_LIMIT - 1]:
        value = _bytes(mime, data[mime])
        if value is None:
            continue
        if len(value) > room:
            notes.append(f"\n[{mime} of {len(value)} bytes not shown]")
            continue
        room -= len(value)
        entries.append((mime.encode("utf-8", "backslashreplace")[:200], value))
    plain = _bytes("text/plain", data.get("text/plain", ""))
    if len(plain) > _TEXT_LIMIT:
        notes.insert(0, f"\n[{len(plain) - _TEXT_LIMIT} more bytes not shown]")
        plain = plain[:_TEXT_LIMIT].decode("utf-8", "ignore").encode()
    entries.append((b"text/plain", plain + "".join(notes).encode("utf-8", "backslashreplace")))
    parts = [struct.pack("<I", len(entries))]
    for mime, value in entries:
        parts += (struct.pack("<I", len(mime)), mime, struct.pack("<I", len(value)), value)
    return b"".join(parts)


def _rank(mime):
    return _ORDER.index(mime) if mime in _ORDER else -1


def _bytes(mime, value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        if _binary(mime):
            try:
                return binascii.a2b_base64(value)
            except binascii.Error:
                return None
        return value.encode("utf-8", "backslashreplace")
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError):
        return repr(value).encode("utf-8", "backslashreplace")


def _binary(mime):
    if mime == "application/pdf":
        return True
    return mime.split("/")[0] in ("image", "audio", "video") and not mime.endswith("+xml")
