"""Supports multiprocessing's start methods spawn and forkserver.

Their children begin with an empty __main__. The children of a script read the script again, and
those of a session read what its cells define. Without that, a pool would wait for ever for children
that cannot find their function.
"""

import ast
import tempfile

from . import sources

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

_written = ("", None)


def adjust(spawn):
    """Tells children which file has the definitions."""
    original = spawn.get_preparation_data

    def get_preparation_data(name):
        data = original(name)
        if not data.keys() & {"init_main_from_name", "init_main_from_path"}:
            data["init_main_from_path"] = _path()
        return data

    spawn.get_preparation_data = get_preparation_data


def _path():
    """Returns a file with the definitions. It stays, because a child may read it late."""
    global _written
    text = _definitions()
    if _written[1] is None or _written[0] != text:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="cells-", suffix=".py", delete=False
        ) as file:
            file.write(text)
        _written = text, file.name
    return _written[1]


def _definitions():
    """Returns the statements of all cells that only define something: functions, classes, imports,
    constants. Each is in a try statement, because what it needs may be missing."""
    parts = []
    for text in sources.texts():
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        parts += (ast.unparse(_tried(node)) for node in tree.body if _defines(node))
    return "\n".join(parts) + "\n"


def _defines(node):
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__"
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        try:
            ast.literal_eval(node.value)
        except (ValueError, TypeError, MemoryError, RecursionError):
            return False
        return True
    return isinstance(node, _DEFINITIONS)


def _tried(node):
    ignored = ast.ExceptHandler(ast.Name("Exception"), None, [ast.Pass()])
    return ast.Try([node], [ignored], [], [])
