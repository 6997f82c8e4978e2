"""Ends with a message where the Python is too old. Python 2 and early 3 must be able to read this file."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Python 3.11 or later is needed, this is %s; run make PYTHON=python3.12" % sys.version.split()[0])  # noqa: UP031
