"""The text of the cells, for tracebacks and inspect.getsource()."""

import collections
import linecache

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
