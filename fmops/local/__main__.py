"""`python -m fmops.local serve`: the embedded AWS in the foreground."""

import argparse
import os
from pathlib import Path

from fmops.local import settings


def main() -> None:
    """Reads the command line, prepares the environment that ministack reads at import, and serves."""
    parser = argparse.ArgumentParser(prog="python -m fmops.local", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="serve on 127.0.0.1 until SIGTERM")
    serve.add_argument("--port", type=int, default=4566)
    serve.add_argument("--state", type=Path, required=True, help="folder of the state; made when missing")
    serve.add_argument("--no-iam", action="store_true", help="allow everything to everybody")
    options = parser.parse_args()
    settings.apply(os.environ, options.port, options.state.resolve(), enforce_iam=not options.no_iam)

    from fmops.local import server  # ministack reads its settings when it is imported: not before this line

    server.main(options.port)


if __name__ == "__main__":
    main()
