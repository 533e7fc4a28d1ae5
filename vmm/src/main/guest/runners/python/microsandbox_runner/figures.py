"""Matplotlib without a screen: open figures are displayed as PNG and closed."""

import io
import os
import sys

BACKEND = "module://microsandbox_runner.matplotlib_backend"


def choose_backend(matplotlib):
    """Selects our backend in a freshly imported Matplotlib. Not by the environment variable
    MPLBACKEND, which other Pythons would inherit; one that the user set is respected."""
    if "MPLBACKEND" not in os.environ:
        matplotlib.rcParams["backend"] = BACKEND


def png(figure):
    """A figure as PNG, None where there is nothing on it."""
    if not figure.axes and not figure.lines and not getattr(figure, "patches", None):
        return None
    if figure.canvas is None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        FigureCanvasAgg(figure)
    _shown.add(id(figure))
    image = io.BytesIO()
    figure.canvas.print_figure(
        image,
        format="png",
        bbox_inches="tight",
        dpi=figure.dpi,
        facecolor=figure.get_facecolor(),
        edgecolor=figure.get_edgecolor(),
    )
    return image.getvalue()


# Figures that this call displayed already.
_shown = set()


def show_open(display):
    """Displays all open figures but those displayed already, and closes them."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is None:
        return
    try:
        for manager in helpers.Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            if id(figure) not in _shown:
                display(figure)
    finally:
        _shown.clear()
        helpers.Gcf.destroy_all()
