"""MIME bundles as the protocol carries them: section 6, kinds display and result."""

import binascii
import json
import struct

DISPLAY, RESULT, CLEAR, VARIABLE = 1, 2, 3, 4

_RECORD_LIMIT = 32 << 20
_TEXT_LIMIT = 1 << 20
_ENTRY_LIMIT = 64

# Richest first; types that are not listed come before all of these.
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
    "text/plain",
)


def encode(data):
    """The record body of a mapping from MIME type to value. Values as Jupyter has them: str, bytes,
    base64 str for binary types, JSON values otherwise."""
    entries = []
    room = _RECORD_LIMIT - 4096
    for mime in sorted(data, key=_rank)[: _ENTRY_LIMIT - 1]:
        value = _bytes(mime, data[mime])
        if value is None:
            continue
        limit = _TEXT_LIMIT if mime == "text/plain" else room
        if len(value) > limit:
            note = f"[{mime} of {len(value)} bytes not shown: more than {limit} bytes]"
            if mime == "text/plain":
                cut = value[:limit].decode("utf-8", "ignore")
                value = f"{cut}\n[{len(value) - limit} more bytes not shown]".encode()
            else:
                mime, value = "text/plain", note.encode()
                if "text/plain" in data:
                    continue
        room -= len(value)
        entries.append((mime.encode("utf-8", "backslashreplace"), value))
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
