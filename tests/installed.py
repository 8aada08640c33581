"""An installed wheel, checked from outside of the clone that it was built of: what it holds, and
that it encodes, decodes, and opens in Pillow, without torch.

    ENVIRONMENT/bin/python -I tests/installed.py

`make test-wheel` builds the environment.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import inrcodec

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
# Folders and patterns of what is no module, and where an installation has them.
HELD = {
    "formats/pretrained/grid-*.npz": "codecs/grid",
    "formats/pretrained/audio-*.npz": "codecs/audio_grid",
    "inrcodec/codecs/inr/networks/*.npz": "codecs/inr/networks",
    "inrcodec/codecs/inr/prediction/*.npz": "codecs/inr/prediction",
    "inrcodec/report/page.*s": "report",
    "inrcodec/viewer/page/*": "viewer/page",
    "viewer/*.js": "viewer/web",
    "viewer/*.wasm": "viewer/web",
}


def check(holds: bool, what: str) -> None:
    """End where something does not hold; assertions can be turned off."""
    if not holds:
        sys.exit(f"the wheel fails: {what}")


def check_files() -> None:
    """All that the clone has besides modules is there, byte by byte."""
    package = Path(inrcodec.__file__).parent
    check(package.is_relative_to(sys.prefix), f"{package} is not installed")
    pairs = [(f, package / to / f.name) for pattern, to in HELD.items() for f in ROOT.glob(pattern)]
    modules = [p.relative_to(ROOT) for p in ROOT.glob("inrcodec/**/*.py")]
    pairs += [(ROOT / path, package.parent / path) for path in modules]
    manual = Path(sysconfig.get_path("data")) / "share" / "man" / "man1"
    pairs += [(page, manual / page.name) for page in ROOT.glob("docs/man/*.1")]
    for ours, theirs in pairs:
        same = theirs.is_file() and ours.read_bytes() == theirs.read_bytes()
        check(same, f"{theirs} is not {ours}")
    check(len(pairs) > len(modules) + len(HELD), "nothing to compare with")


def run(folder: Path, *arguments: object) -> str:
    """Run the installed command; return what it printed."""
    command = Path(sysconfig.get_path("scripts")) / "inrcodec"
    words = [str(command), *map(str, arguments)]
    return subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def check_use(folder: Path) -> None:
    """Images and audio go to files and back, by the command and by Pillow."""
    version = importlib.metadata.version("inrcodec")
    check(version == inrcodec.__version__, f"its metadata say {version}")
    printed = run(folder, "--version")
    check("compiled kernels" in printed, f"no kernels: {printed}")
    check(importlib.util.find_spec("torch") is None, "torch is there")
    for source, coded, decoded in (
        ("photo.png", "photo.inr", "photo.decoded.png"),
        ("melody.flac", "melody.inr", "melody.decoded.flac"),
    ):
        run(folder, "encode", SAMPLES / source, "--effort", 1, "-o", coded)
        run(folder, "decode", coded, "-o", decoded)
        check((folder / decoded).stat().st_size > 1000, f"{decoded} is short")

    from PIL import Image, ImageChops

    inrcodec.register()
    with (
        Image.open(folder / "photo.inr") as ours,
        Image.open(folder / "photo.decoded.png") as theirs,
    ):
        same = ImageChops.difference(ours.convert("RGB"), theirs.convert("RGB")).getbbox() is None
        check(same, "Pillow opens another image than `decode` writes")


def main() -> None:
    """Check all, and say so."""
    check_files()
    with tempfile.TemporaryDirectory() as name:
        check_use(Path(name))
    print(f"the wheel of {inrcodec.__version__} encodes, decodes, and opens in Pillow")


if __name__ == "__main__":
    main()
