"""Matplotlib without a screen: displays open figures as PNG and closes them."""

import io
import os
import sys

BACKEND = "module://microsandbox_runner.matplotlib_backend"


def choose_backend(matplotlib):
    """Selects our backend in a freshly imported Matplotlib, unless the user has set MPLBACKEND.
    This does not set that variable itself, because other Python processes would inherit it."""
    if "MPLBACKEND" not in os.environ:
        matplotlib.rcParams["backend"] = BACKEND


def png(figure):
    """Renders a figure as PNG. Returns None if it is empty."""
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


# Ids of the figures that this call has already displayed.
_shown = set()


def show_open(display):
    """Displays all open figures that have not been displayed yet, and closes all of them."""
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
