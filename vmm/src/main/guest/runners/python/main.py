"""Starts the Python runner: see microsandbox_runner."""

import os
import sys

# An absolute path, because the runner changes its directory and imports parts of itself later.
sys.path[0] = os.path.dirname(os.path.abspath(__file__))
from microsandbox_runner import loop  # noqa: E402

if __name__ == "__main__":
    loop.main()
