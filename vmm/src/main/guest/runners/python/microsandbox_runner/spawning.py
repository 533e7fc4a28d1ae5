"""multiprocessing's start methods spawn and forkserver: children begin with an empty __main__.

As a script's children read the script again, those of a session read what its cells define;
without, a pool would wait for ever for children that cannot find their function.
"""

import ast
import tempfile

from . import sources

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

_written = ("", None)


def adjust(spawn):
    """Tells children where to read the definitions."""
    original = spawn.get_preparation_data

    def get_preparation_data(name):
        data = original(name)
        if not data.keys() & {"init_main_from_name", "init_main_from_path"}:
            data["init_main_from_path"] = _path()
        return data

    spawn.get_preparation_data = get_preparation_data


def _path():
    """A file with the definitions. It stays: a child may read it late."""
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
    """The statements of all cells that only define something: functions, classes, imports,
    constants. Each in a try, for what it needs may not be among them."""
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
