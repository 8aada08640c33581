"""The demonstration of `make demo`: encode the sample photograph, decode it at 1× and at 4×, and
print what came of it. Everything goes through the command line, as a user's own files would.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PHOTO = ROOT / "samples" / "photo.png"
OUTPUT = ROOT / "demo"


def inrcodec(*arguments: object) -> str:
    """Run a command and give what it printed; its progress goes to the terminal."""
    command = [sys.executable, "-m", "inrcodec", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    coded = OUTPUT / "photo.inr"
    encoded = json.loads(inrcodec("encode", PHOTO, "-o", coded, "--force", "--json"))
    rows = [("encode", coded, f"{encoded['psnr_db']:.2f} dB", encoded["seconds"])]
    for scale in (1, 4):
        picture = OUTPUT / f"photo@{scale}x.png"
        began = time.perf_counter()
        inrcodec("decode", "--scale", scale, coded, "-o", picture, "--force")
        rows.append((f"decode {scale}×", picture, "", time.perf_counter() - began))
    verified = inrcodec("verify", coded).strip().rpartition(": ")[2]

    print(f"\n{'':<12}{'file':<22}{'bytes':>10}{'quality':>12}{'seconds':>10}")
    print(f"{'original':<12}{PHOTO.relative_to(ROOT)!s:<22}{PHOTO.stat().st_size:>10}")
    for what, path, quality, seconds in rows:
        name, size = str(path.relative_to(ROOT)), path.stat().st_size
        print(f"{what:<12}{name:<22}{size:>10}{quality:>12}{seconds:>10.1f}")
    print(
        f"\n{coded.relative_to(ROOT)}: {verified}, {encoded['bits_per_pixel']:.3f} bits per pixel"
    )


if __name__ == "__main__":
    main()
