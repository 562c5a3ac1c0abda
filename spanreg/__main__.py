"""Entry point of ``python -m spanreg``, equivalent to the ``spanreg`` command."""

import sys

from spanreg.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
