"""Runs cells without IPython: plain Python, values, displays and await."""

import ast
import builtins
import inspect
import sys
import textwrap

from . import bundles, event_loop, figures, outcome, repair, sources, tracebacks

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_MAX_RESULTS = 100
_MAX_INPUTS = 1000

_METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/pdf": "_repr_pdf_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}


class Engine:
    """Compiles a cell as a whole. An expression at its end is its value."""

    def __init__(self, control, main, loop_runner):
        self._control = control
        self._loop_runner = loop_runner
        self._number = 0
        self._results = {}
        self._suppressed = False
        self.namespace = vars(main)
        self._inputs = [""]
        self.namespace.update(In=self._inputs, Out=self._results, _="", __="", ___="")
        builtins.display = self._display
        self.hidden = dict(self.namespace)

    def warm(self):
        """Does nothing: everything that a first cell needs is loaded."""

    def run(self, code):
        """Runs a cell. Returns its Outcome."""
        self.namespace["__builtins__"] = builtins
        # Each cell shows its warnings, even if an earlier one has shown the same.
        self.namespace.pop("__warningregistry__", None)
        self._number += 1
        self._inputs.append(code.rstrip())
        if self._number > _MAX_INPUTS:
            self._inputs[self._number - _MAX_INPUTS] = ""
        name = sources.name(self._number)
        code = textwrap.dedent(code) if code[:1] in (" ", "\t") else code
        sources.remember(name, code)
        sys.displayhook = self._result
        try:
            for block in self._blocks(code, name):
                self._execute(block)
            return outcome.finished
        except BaseException as error:
            cancelled = event_loop.is_cancellation(error)
            return self._failed(self._loop_runner.reason(error) if cancelled else error)
        finally:
            self._show_figures()

    def _blocks(self, code, name):
        tree = compile(code, name, "exec", ast.PyCF_ONLY_AST | _FLAGS, dont_inherit=True)
        last = tree.body[-1:]
        if last and isinstance(last[0], ast.Expr):
            self._suppressed = _rest(code, last[0]).lstrip().startswith(";")
            del tree.body[-1]
            yield compile(tree, name, "exec", _FLAGS, dont_inherit=True)
            yield compile(ast.Interactive(last), name, "single", _FLAGS, dont_inherit=True)
        else:
            yield compile(tree, name, "exec", _FLAGS, dont_inherit=True)

    def _execute(self, block):
        try:
            if block.co_flags & inspect.CO_COROUTINE:
                self._loop_runner(eval(block, self.namespace))
            else:
                exec(block, self.namespace)
        finally:
            repair.after_code()

    def _failed(self, error):
        if isinstance(error, SystemExit):
            if error.code is not None and not isinstance(error.code, int):
                print(error.code, file=sys.stderr)
        else:
            tracebacks.show(error)
        return outcome.of(error)

    def _result(self, value):
        if value is None or self._suppressed:
            return
        bundle = _format(value)
        names = self.namespace
        names["___"], names["__"], names["_"] = names.get("__"), names.get("_"), value
        self._results[self._number] = value
        if len(self._results) > _MAX_RESULTS:
            del self._results[min(self._results)]
        if not self._control.record(bundles.RESULT, bundles.encode(bundle)):
            print(bundle["text/plain"])

    def _display(self, *values, raw=False, **_kwargs):
        """Displays values. With raw=True they are already MIME bundles."""
        for value in values:
            bundle = value if raw else _format(value)
            if not self._control.record(bundles.DISPLAY, bundles.encode(bundle)):
                print(bundle.get("text/plain", ""))

    def _show_figures(self):
        try:
            figures.show_open(self._display)
        except Exception as error:
            tracebacks.show(error)


def _rest(code, node):
    """Returns the code after a node. A node's columns count bytes."""
    lines = code.encode("utf-8", "surrogatepass").splitlines(keepends=True)[node.end_lineno - 1 :]
    return b"".join(lines)[node.end_col_offset :].decode("utf-8", "replace")


def _format(value):
    """Makes the MIME bundle of a value with the _repr_*_ methods that Jupyter knows."""
    bundle = {"text/plain": repr(value)}
    if isinstance(value, type):
        return bundle
    kind = type(value)
    if kind.__name__ == "Figure" and kind.__module__ == "matplotlib.figure":
        image = figures.png(value)
        return bundle if image is None else {**bundle, "image/png": image}
    for mime, method in _METHODS.items():
        data = _call(value, method)
        if data is not None:
            bundle[mime] = data
    more = _call(value, "_repr_mimebundle_")
    if more is not None:
        bundle.update(more)
    return bundle


def _call(value, name):
    method = getattr(type(value), name, None)
    if method is None:
        return None
    try:
        data = method(value)
    except Exception as error:
        tracebacks.show(error)
        return None
    # A tuple has metadata too, which nothing here uses.
    return data[0] if isinstance(data, tuple) else data
