"""The text of the cells, for tracebacks and inspect.getsource()."""

import collections
import linecache
import re

_MOST_CELLS = 2000
_MOST_CHARACTERS = 16 << 20

_cells = collections.deque()
_characters = 0


def name(number):
    """The file name of a cell."""
    return f"<cell {number}>"


def is_cell(filename):
    """Whether a file name is that of a cell."""
    return filename.startswith("<cell ")


def adjust_inspect(inspect):
    """Has inspect.getsource() find a class: Python looks for the file of its module, which
    __main__ has not got."""
    original = inspect.getfile

    def getfile(object):  # noqa: A002
        """The file that an object was defined in."""
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
    """The cells that are remembered, oldest first."""
    for cell, _ in _cells:
        yield "".join(linecache.getlines(cell))


def remember(filename, text):
    """Makes the lines of a cell known under its file name, and forgets the oldest cells."""
    global _characters
    lines = [line + "\n" for line in text.splitlines()]
    # No modification time: linecache never looks for such a file.
    linecache.cache[filename] = (len(text), None, lines, filename)
    _cells.append((filename, len(text)))
    _characters += len(text)
    while len(_cells) > 1 and (len(_cells) > _MOST_CELLS or _characters > _MOST_CHARACTERS):
        oldest, size = _cells.popleft()
        _characters -= size
        linecache.cache.pop(oldest, None)
