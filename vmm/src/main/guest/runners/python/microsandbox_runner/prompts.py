"""Replaces input() and getpass(), because nobody sits at a terminal."""

import builtins
import sys

_HINT = "EOF when reading a line: nothing is typed here, pass all input with the call as `stdin`"


def install():
    """Makes input() say how to provide input when stdin is at its end."""
    builtins.input = _hinting(builtins.input)


def _hinting(read):
    def input(prompt="", /):  # noqa: A001
        """Reads a line from the call's stdin. The prompt goes to stdout."""
        try:
            return read(prompt)
        except EOFError:
            raise EOFError(_HINT) from None

    return input


def replace_getpass(module):
    """Makes getpass.getpass() read the call's stdin without a warning about the terminal."""

    def getpass(prompt="Password: ", stream=None):
        print(prompt, end="", file=stream or sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError(_HINT)
        return line.rstrip("\n")

    module.getpass = getpass
