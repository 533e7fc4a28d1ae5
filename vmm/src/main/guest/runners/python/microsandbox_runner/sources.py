"""Keeps the text of the cells, for tracebacks and inspect.getsource()."""

import collections
import linecache
import re

_MAX_CELLS = 2000
_MAX_CHARACTERS = 16 << 20

_cells = collections.deque()
_characters = 0


def name(number):
    """Returns the file name of a cell."""
    return f"<cell {number}>"


def is_cell(filename):
    """Returns whether a file name is that of a cell."""
    return filename.startswith("<cell ")


def adjust_inspect(inspect):
    """Makes inspect.getsource() find classes of cells. Python looks for the file of a class's
    module, and __main__ has none."""
    original = inspect.getfile

    def getfile(object):  # noqa: A002
        """Returns the file in which an object was defined."""
        if isinstance(object, type) and object.__module__ == "__main__":
            cell = _defining(object.__name__)
            if cell is not None:
                return cell
        return original(object)

    inspect.getfile = getfile


def _defining(class_name):
    pattern = re.compile(rf"\s*class\s+{re.escape(class_name)}\b")
    for cell, _ in reversed(_cells):
        if any(map(pattern.match, linecache.getlines(cell))):
            return cell
    return None


def texts():
    """Yields the texts of the remembered cells, oldest first."""
    for cell, _ in _cells:
        yield "".join(linecache.getlines(cell))


def remember(filename, text):
    """Registers the lines of a cell under its file name, and forgets the oldest cells."""
    global _characters
    lines = [line + "\n" for line in text.splitlines()]
    # Without a modification time, linecache never looks for such a file.
    linecache.cache[filename] = (len(text), None, lines, filename)
    _cells.append((filename, len(text)))
    _characters += len(text)
    while len(_cells) > 1 and (len(_cells) > _MAX_CELLS or _characters > _MAX_CHARACTERS):
        oldest, size = _cells.popleft()
        _characters -= size
        linecache.cache.pop(oldest, None)
