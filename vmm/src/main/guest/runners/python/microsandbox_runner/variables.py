"""Lists the user's variables without running user code, which might never return."""

import struct
import sys

from . import bundles

_MAX_VARIABLES = 200
_SUMMARY_BYTES = 200
_UNKNOWN = 2**64 - 1

# Libraries whose objects give their size and shape cheaply.
_ARRAY_LIBRARIES = ("numpy", "pandas", "torch", "polars", "scipy", "xarray")
_SCALARS = (int, float, complex, bool, type(None))
_CONTAINERS = (list, tuple, set, frozenset, dict)


def report(namespace, hidden, link):
    """Sends a record for each variable, newest first."""
    listed = 0
    for name, value in reversed(list(namespace.items())):
        if not isinstance(name, str) or name.startswith("_"):
            continue
        if name in hidden and hidden[name] is value:
            continue
        try:
            record = _record(name, value)
        except Exception:  # for example, a thread changed it meanwhile
            record = _text(name) + _text("?") + struct.pack("<Q", _UNKNOWN) + _text("")
        link.record(bundles.VARIABLE, record)
        listed += 1
        if listed == _MAX_VARIABLES:
            return


def _record(name, value):
    kind, size, summary = _describe(value)
    return b"".join((_text(name), _text(kind), struct.pack("<Q", size), _text(summary)))


def _text(value):
    data = value.encode("utf-8", "backslashreplace")
    if len(data) > _SUMMARY_BYTES:
        data = data[: _SUMMARY_BYTES - 3].decode("utf-8", "ignore").encode() + "…".encode()
    return struct.pack("<I", len(data)) + data


def _describe(value):
    kind = type(value)
    module, name = _name(kind)
    library = module.partition(".")[0]
    full = name if library in ("builtins", "__main__") else f"{library}.{name}"
    if library in _ARRAY_LIBRARIES:
        size, summary = _array(value)
    elif kind in (str, bytes, bytearray, range, *_SCALARS, *_CONTAINERS):
        size, summary = sys.getsizeof(value), _summary(value, 2)
    else:
        size, summary = _UNKNOWN, _other(value, kind)
    return full, size, summary


def _name(kind):
    module, name = type.__getattribute__(kind, "__module__"), kind.__name__
    return module if isinstance(module, str) else "?", name


def _array(value):
    """Returns size and shape as these libraries report them. Leaves out what fails."""
    size, summary = _UNKNOWN, ""
    try:
        if hasattr(value, "memory_usage"):
            usage = value.memory_usage(deep=False)
            size = int(usage if isinstance(usage, int) else usage.sum())
        elif hasattr(value, "nbytes"):
            size = int(value.nbytes)
        shape = getattr(value, "shape", None)
        if shape is not None:
            summary = " × ".join(map(str, tuple(shape))) or repr(value)
        kind = getattr(value, "dtype", None)
        if kind is not None:
            summary += f" {kind}"
        columns = getattr(value, "columns", None)
        if columns is not None:
            summary += ": " + ", ".join(str(column) for column in list(columns[:20]))
    except Exception:
        pass
    return size, summary


def _summary(value, depth):
    """Like repr(), but bounded. Of an object of any other type it gives only the type's name."""
    kind = type(value)
    if kind is int and value.bit_length() > 600:
        return f"an int of {value.bit_length()} bits"
    if kind in _SCALARS or kind is range:
        return repr(value)
    if kind in (str, bytes, bytearray):
        cut = repr(value[:_SUMMARY_BYTES])
        return cut if len(value) <= 120 else f"{len(value)} long: {cut}"
    if kind in _CONTAINERS:
        return _container(value, depth)
    return f"<{_name(kind)[1]}>"


def _container(value, depth):
    kind = type(value)
    left, right = {list: "[]", tuple: "()", dict: "{}"}.get(kind, "{}")
    if depth == 0:
        inner = "…" if value else ""
    else:
        items = []
        for item in value.items() if kind is dict else value:
            if len(items) == 10:
                items.append("…")
                break
            if kind is dict:
                items.append(": ".join(_summary(part, depth - 1) for part in item))
            else:
                items.append(_summary(item, depth - 1))
        inner = ", ".join(items)
    if kind is tuple and len(value) == 1:
        inner += ","
    text = f"{left}{inner}{right}"
    if not value and kind in (set, frozenset):
        text = f"{kind.__name__}()"
    return text if len(value) <= 10 else f"{len(value)} items: {text}"


def _other(value, kind):
    if isinstance(value, type(sys)):
        return str(vars(value).get("__file__") or "built-in module")
    if kind.__name__ in ("function", "builtin_function_or_method"):
        return f"{value.__name__}()"
    if isinstance(value, type):
        return f"class {value.__name__}"
    try:
        fields = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return ""
    if type(fields) is not dict:
        return ""
    shown = [
        f"{name}={_summary(field, 1)}"
        for name, field in list(fields.items())[:10]
        if isinstance(name, str) and not name.startswith("_")
    ]
    return ", ".join(shown)
