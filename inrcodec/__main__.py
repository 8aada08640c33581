"""`python -m inrcodec`."""

from inrcodec.cli import main

main(prog_name="inrcodec")
