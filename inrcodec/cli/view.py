"""`inrcodec view`."""

from __future__ import annotations

import sys
import warnings
import webbrowser
from pathlib import Path
from threading import Thread

import click

from inrcodec.cli import options
from inrcodec.cli.common import cause_of
from inrcodec.cli.inputs import encoded_files
from inrcodec.cli.printing import complain, print_line
from inrcodec.errors import InrError

__all__ = ["view"]


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@options.recursive
@click.option(
    "--original",
    type=click.Path(path_type=Path, exists=True),
    help="What a file was encoded from, or a folder in which originals lie by their names.  "
    "[default: the folders of the files]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Of the loopback address.  [default: one that is free]",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@options.limits_of_decoding
def view(
    inputs: tuple[Path, ...],
    recursive: bool,
    original: Path | None,
    port: int,
    no_browser: bool,
    max_memory: int | None,
    max_work: float | None,
) -> None:
    """Look at .inr files in a browser.

    Images are shown as far as they have arrived, to be zoomed into; beside an original there are a
    slider and the PSNR. Audio has a spectrogram and is played. Of a folder or an album there is a
    gallery. The page is served on this machine's loopback address until Ctrl-C.

    \b
      inrcodec view photo.inr
      inrcodec view album.inr
      inrcodec view encoded/ --original photos/
      inrcodec view song.inr --no-browser --port 8000
    """
    from inrcodec.limits import Limits
    from inrcodec.viewer.catalog import Catalog
    from inrcodec.viewer.server import ViewerServer

    files = {one.path: one.inner.as_posix() for one in encoded_files(inputs, recursive)}
    catalog = Catalog.of(files, original, recursive)
    for path, fault in catalog.errors.items():
        message, code = cause_of(fault, Path(path)) or (str(fault), 1)
        complain(path, message)
    if not catalog.shown:
        sys.exit(code)
    try:
        server = ViewerServer(catalog, port, Limits.of(max_memory, max_work))
    except OSError as error:
        raise InrError(f"port {port}: {error.strerror}") from error
    with server, warnings.catch_warnings():
        # Those of what is shown are the page's affair.
        warnings.simplefilter("ignore", UserWarning)
        print_line(f"{server.url}  (Ctrl-C ends it)")
        sys.stdout.flush()
        if not no_browser:
            # Some browsers of text terminals return when they are closed.
            Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
