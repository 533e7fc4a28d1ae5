"""Starts the Python runner: see microsandbox_runner."""

import os
import sys

# Until here the runner's own directory is first on the path; user code must not see its files.
sys.path[0] = os.path.dirname(os.path.abspath(__file__))
from microsandbox_runner import loop  # noqa: E402

if __name__ == "__main__":
    loop.main()
