"""The command line: `inrcodec encode | decode | crop | extend | batch | add | extract | remove |
info | verify | compare | report | bench | models | predict | search | view`.

Each command is a function of a module that is loaded when it is asked for; `common` holds what they
share.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import click

from inrcodec import __version__
from inrcodec.cli.common import cause_of
from inrcodec.cli.ending import run_orderly
from inrcodec.cli.printing import complain, replace_unknown
from inrcodec.native.door import described
from inrcodec.room import check_room, needed_to_start

__all__ = ["main"]


_COMMANDS = {
    "add": "inrcodec.cli.album",
    "batch": "inrcodec.cli.batch",
    "bench": "inrcodec.cli.bench",
    "compare": "inrcodec.cli.compare",
    "crop": "inrcodec.cli.crop",
    "decode": "inrcodec.cli.decode",
    "encode": "inrcodec.cli.encode",
    "extend": "inrcodec.cli.extend",
    "extract": "inrcodec.cli.album",
    "info": "inrcodec.cli.inspect",
    "models": "inrcodec.cli.inspect",
    "predict": "inrcodec.cli.predict",
    "remove": "inrcodec.cli.album",
    "report": "inrcodec.cli.report",
    "search": "inrcodec.cli.search",
    "verify": "inrcodec.cli.inspect",
    "view": "inrcodec.cli.view",
}
# What computes nothing.
_LIGHT = ("crop", "extract", "info", "models", "remove")


class _OneLineGroup(click.Group):
    """A group whose errors are one line, as those of commands are; these are loaded one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None where there is none of the name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as click's own, save for what an error looks like, and for signals that end it."""
        run: Callable[..., Any] = super().main
        if not extra.pop("standalone_mode", True):
            return run(*args, standalone_mode=False, **extra)
        # Threads of torch's OpenMP spin while they wait for each other. Beside another busy process
        # its default spinning makes a fit several times slower; this short one costs nothing on a
        # quiet machine (`python -m benchmarks.product.contention`). It must be set before torch is
        # loaded, and only where the process is the command's own.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        replace_unknown()
        command = partial(run, *args, standalone_mode=False, **extra)
        sys.exit(_written(run_orderly(partial(_exit_code, command))))


def _exit_code(run: Callable[[], Any]) -> int:
    """Run a command; an error is a line."""
    try:
        code = run()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        complain(" ".join(error.format_message().split()))
        return error.exit_code
    except click.Abort:
        complain("interrupted")
        return 1
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more at its exit.
        sys.stdout = None
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            # Of what click prints itself, its help.
            error.filename = "standard output"
        cause = cause_of(error)
        if cause is None:
            raise
        message, code = cause
        complain(message)
        return code
    return code if isinstance(code, int) else 0


def _written(code: int) -> int:
    """The exit code, once stdout has all that was printed to it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if not code and not isinstance(error, BrokenPipeError):
            complain("standard output", error.strerror)
        # Python would complain once more at its exit.
        sys.stdout = None
        return code or 1
    return code


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"inrcodec {__version__} ({described()})")
        context.exit()


@click.group(cls=_OneLineGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, and whether compiled kernels are in use.",
)
@click.pass_context
def main(context: click.Context) -> None:
    """Images and audio as small models: compress an image or an audio file, render it at
    any resolution or rate.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad file, 4 over a limit, 5 target not reached,
    6 some of several inputs failed, 128 and a signal's number where that ended it.
    """
    if context.invoked_subcommand not in _LIGHT:
        check_room(needed_to_start())
