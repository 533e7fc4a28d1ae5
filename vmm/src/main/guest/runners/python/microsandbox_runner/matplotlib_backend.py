"""The Matplotlib backend of cells: Agg, with a show() that displays and closes open figures."""

import builtins

from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401
from matplotlib.backends.backend_agg import FigureManagerBase as FigureManager  # noqa: F401

from . import figures


def show(*_args, **_kwargs):
    """Implements pyplot.show(). There is no window to wait for."""
    figures.show_open(builtins.display)
