"""The command line: `inrcodec encode | decode | info | verify | compare`.

Each command is a module; `common` holds what they share. Nothing here imports torch until a
command needs it.
"""

from __future__ import annotations

import os

import click

from inrcodec import __version__
from inrcodec.cli.decode import decode
from inrcodec.cli.encode import encode
from inrcodec.cli.inspect import compare, info, verify

__all__ = ["main"]

# Threads of torch's OpenMP spin while they wait for each other. Beside another busy process its
# default spinning makes a fit several times slower; this short one costs nothing on a quiet
# machine (`benchmarks/contention.py`). It must be set before torch is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Images as small neural networks: compress a picture, render it at any resolution.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad file, 4 over a limit, 5 target not reached,
    6 some of several inputs failed.
    """


for command in (encode, decode, info, verify, compare):
    main.add_command(command)
