"""Write man pages of all commands from their help.

    python building/man.py [FOLDER]

By default into `docs/man`, from where wheels install them. `click-man` finds no command that is
loaded on demand, and knows no sections of options; this is as long as what would mend that.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from inrcodec import __version__
from inrcodec.cli import main

__all__ = ["MAN", "pages", "write"]

ROOT = Path(__file__).parent.parent
MAN = ROOT / "docs" / "man"
NAME = "inrcodec"


def pages() -> dict[str, str]:
    """The text of each page by its file's name."""
    whole = click.Context(main, info_name=NAME, **main.context_settings)
    found = {f"{NAME}.1": _page(main, whole, [_commands(whole)])}
    for name in main.list_commands(whole):
        command = main.get_command(whole, name)
        assert command is not None
        context = click.Context(command, whole, name)
        also = f".SH SEE ALSO\n.BR {NAME} (1)\n"
        found[f"{NAME}-{name}.1"] = _page(command, context, [_exit_status(whole), also])
    return found


def _page(command: click.Command, context: click.Context, more: list[str]) -> str:
    title = context.command_path.replace(" ", "-")
    short = command.get_short_help_str(limit=200).rstrip(".")
    head = (
        f'.TH {title.upper()} 1 "" "{NAME} {__version__}" "{NAME} manual"\n'
        f".SH NAME\n{_escaped(title)} \\- {_escaped(short)}\n"
        f".SH SYNOPSIS\n.B {_escaped(context.command_path)}\n"
        f"{_escaped(' '.join(command.collect_usage_pieces(context)))}\n"
        ".SH DESCRIPTION\n"
    )
    return head + "".join([*_paragraphs(command.help or ""), *_options(command, context), *more])


def _paragraphs(help: str) -> Iterator[str]:
    """The paragraphs of a help; those after a backspace, as click has it, stay as they are."""
    for number, text in enumerate(inspect.cleandoc(help).split("\n\n")):
        lead = ".PP\n" if number else ""
        if text.startswith("\b\n"):
            lines = "\n".join(_escaped(line) for line in text.splitlines()[1:])
            yield f"{lead}.nf\n{lines}\n.fi\n"
        else:
            yield f"{lead}{_escaped(' '.join(text.split()))}\n"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The options of each section, those without one first."""
    sections: dict[str, list[tuple[str, str]]] = {"Options": []}
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record is not None:
            sections.setdefault(getattr(option, "section", "Options"), []).append(record)
    for title, records in sections.items():
        yield f'.SH "{_escaped(title.upper())}"\n'
        for names, help in records:
            yield f".TP\n.B {_escaped(names)}\n{_escaped(' '.join(help.split()))}\n"


def _commands(context: click.Context) -> str:
    rows = [".SH COMMANDS\n"]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        short = command.get_short_help_str(limit=200)
        rows.append(f".TP\n.BR {NAME}\\-{name} (1)\n{_escaped(short)}\n")
    return "".join(rows)


def _exit_status(whole: click.Context) -> str:
    """The exit codes, which the help of the whole lists."""
    text = " ".join((whole.command.help or "").partition("Exit codes: ")[2].split())
    return f'.SH "EXIT STATUS"\n{_escaped(text)}\n'


def _escaped(text: str) -> str:
    """A text as roff takes it: hyphens that can be copied, no line that looks like a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def write(folder: Path) -> None:
    """Write all pages into a folder, and take away those of commands that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = pages()
    for old in folder.glob("*.1"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else MAN)
