"""Runs cells in IPython's shell."""

import builtins
import codeop
import os
import sys
import tempfile
import tokenize

from IPython.core import formatters, page
from IPython.core.autocall import ExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Any, Instance, Type, observe
from traitlets.config import Config

import decorator

from . import bundles, event_loop, figures, outcome, repair, sources, tracebacks

# How many results Out keeps, and how many inputs In keeps.
_MAX_RESULTS = 100
_MAX_INPUTS = 1000

tracebacks.machinery += (
    os.path.dirname(os.path.dirname(formatters.__file__)) + os.sep,
    codeop.__file__,
    decorator.__file__,
    tokenize.__file__,
)


class Engine:
    """Runs cells in IPython's shell, in the module __main__."""

    def __init__(self, control, main, loop_runner):
        config = Config()
        config.HistoryManager.enabled = False
        Shell.control = control
        self._shell = Shell.instance(
            config=config,
            user_module=main,
            ipython_dir=os.path.join(tempfile.gettempdir(), ".ipython"),
            colors="NoColor",
            autoindent=False,
            cache_size=_MAX_RESULTS,
            display_page=False,
        )
        self._shell.loop_runner = loop_runner
        self._shell.set_hook("show_in_pager", page.as_hook(_print_page), 0)
        self._shell.display_formatter.formatters["image/png"].for_type_by_name(
            "matplotlib.figure", "Figure", figures.png
        )

    @property
    def namespace(self):
        return self._shell.user_ns

    @property
    def hidden(self):
        """Names that are not the user's, with the values that they had at the start."""
        return self._shell.user_ns_hidden

    def warm(self):
        """Loads everything that a first cell needs. Leaves nothing that a cell could see."""
        self._shell.run_cell("None", store_history=False, silent=True)
        # Formatting a first value makes the formatters.
        bundles.encode(self._shell.display_formatter.format(0)[0])

    def run(self, code):
        """Runs a cell. Returns its Outcome."""
        shell = self._shell
        if "\0" in code:  # IPython would leave a coroutine unawaited, with a warning
            shell.history_manager.store_inputs(shell.execution_count, code)
            shell.execution_count += 1
            error = ValueError("source code string cannot contain null bytes")
            tracebacks.show(error)
            return outcome.of(error)
        self._restore_names()
        number = shell.execution_count
        result = shell.run_cell(code, store_history=True)
        shell.forget_inputs(number)
        try:
            figures.show_open(builtins.display)
        except Exception as error:
            tracebacks.show(error)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return outcome.of(error)
        return outcome.finished

    def _restore_names(self):
        """Restores what IPython keeps among the user's names and needs."""
        names = self._shell.user_ns
        names["__builtins__"] = builtins
        names.setdefault("__name__", "__main__")
        if "_oh" not in names:
            self._shell.init_user_ns()


def _print_page(data, start=0, screen_lines=0, pager_cmd=None):
    text = data.get("text/plain", "") if isinstance(data, dict) else data
    print(text)


class _Compiler(CachingCompiler):
    """Names cells by their number, and keeps their lines."""

    def __init__(self):
        super().__init__()
        # A cell is complete, so an error at its end must not be reported as "incomplete input".
        self.flags = 0

    def cache(self, transformed_code, number=0, raw_code=None):
        filename = sources.name(number)
        sources.remember(filename, transformed_code)
        return filename


class _History(HistoryManager):
    """History without a database."""

    @observe("db")
    def _db_changed(self, change):
        """Skips IPython's check, which would load SQLite."""


class _Profile(ProfileDir):
    """A profile that makes no directories and copies no files."""

    @observe("location")
    def _location_changed(self, change):
        pass


class _Exit(ExitAutocall):
    """Makes exit and quit work with and without parentheses."""

    def __call__(self, code=None):
        raise SystemExit(code)


class _Results(DisplayHook):
    """Sends the value of the last expression to the agent."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        if not self.shell.control.record(bundles.RESULT, bundles.encode(format_dict)):
            print(format_dict.get("text/plain", ""))

    def finish_displayhook(self):
        pass

    def cull_cache(self):
        results = self.shell.user_ns.get("_oh", {})
        for number in sorted(results)[: max(2, len(results) // 5)]:
            self.shell.forget_name(f"_{number}")
            self.shell.history_manager.output_hist_reprs.pop(number, None)
            results.pop(number, None)

    def log_output(self, format_dict):
        pass


class _Displays(DisplayPublisher):
    """Sends displays to the agent."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self._validate_data(data, metadata)
        if not self.shell.control.record(bundles.DISPLAY, bundles.encode(data)):
            print(data.get("text/plain", ""))

    def clear_output(self, wait=False):
        self.shell.control.record(bundles.CLEAR, bytes([bool(wait)]))


class Shell(InteractiveShell):
    """IPython's shell without terminal, database, completion and profile."""

    control = Any()
    # Libraries take a shell without this attribute for a terminal. pandas would then cut tables to
    # its width.
    kernel = None

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_Results)
    display_pub_class = Type(_Displays)
    exiter = Instance(ExitAutocall)

    # Writes straight to descriptors 1 and 2, which are captured, instead of to a pseudo-terminal.
    system = InteractiveShell.system_raw

    def _exiter_default(self):
        return _Exit(self)

    def init_profile_dir(self, profile_dir):
        self.profile_dir = _Profile(location=os.path.join(self.ipython_dir, "profile_default"))

    def init_history(self):
        self.history_manager = _History(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def init_virtualenv(self):
        pass

    def init_completer(self):
        self.Completer = None

    def set_completer_frame(self, frame=None):
        pass

    def enable_gui(self, gui=None):
        pass

    def enable_matplotlib(self, gui=None):
        """Runs %matplotlib. Whatever it names, figures are shown in the same way."""
        import matplotlib

        matplotlib.use(figures.BACKEND)
        return "inline", figures.BACKEND

    def forget_inputs(self, number):
        """Forgets the inputs of old cells, so that a session does not grow for ever."""
        history = self.history_manager
        history.db_input_cache.clear()  # for a database, which is off
        oldest = number - _MAX_INPUTS
        if oldest > 0:
            self.forget_name(f"_i{oldest}")
            for inputs in (history.input_hist_parsed, history.input_hist_raw):
                if oldest < len(inputs):
                    inputs[oldest] = ""

    def forget_name(self, name):
        """Forgets a name that IPython has defined, and its value."""
        self.user_ns.pop(name, None)
        self.user_ns_hidden.pop(name, None)

    async def run_code(self, code_obj, result=None, *, async_=False):
        """Runs one statement of a cell. Returns whether it failed."""
        try:
            try:
                if async_:
                    await eval(code_obj, self.user_global_ns, self.user_ns)
                else:
                    exec(code_obj, self.user_global_ns, self.user_ns)
            finally:
                repair.after_code()
        except BaseException as error:
            cancelled = event_loop.is_cancellation(error)
            self._failed(self.loop_runner.reason(error) if cancelled else error, result)
        else:
            return False
        return True

    def _failed(self, error, result):
        if result is not None:
            result.error_in_exec = error
        if self.custom_exceptions and isinstance(error, self.custom_exceptions):
            self.CustomTB(type(error), error, error.__traceback__)
        else:
            self.showtraceback((type(error), error, error.__traceback__))

    def showtraceback(
        self,
        exc_tuple=None,
        filename=None,
        tb_offset=None,
        exception_only=False,
        running_compiled_code=False,
    ):
        error = (exc_tuple or sys.exc_info())[1]
        if error is None:
            print("No traceback available to show.", file=sys.stderr)
        elif isinstance(error, UsageError):
            self.show_usage_error(error)
        elif isinstance(error, SystemExit):
            if error.code is not None and not isinstance(error.code, int):
                print(error.code, file=sys.stderr)
        else:
            if isinstance(error, SyntaxError) and error.filename == "<tokenize>":
                error.filename = sources.name(self.execution_count)
            tracebacks.show(error)

    def showsyntaxerror(self, filename=None, running_compiled_code=False):
        self.showtraceback()
