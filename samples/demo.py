"""The demonstration of `make demo`: encode the sample photograph, decode it at 1× and at 4×; encode
the sample melody, decode it as it was and at 96 kHz; and print what came of it. Everything goes
through the command line, as a user's own files would.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PHOTO = ROOT / "samples" / "photo.png"
MELODY = ROOT / "samples" / "melody.flac"
OUTPUT = ROOT / "demo"


def inrcodec(*arguments: object) -> str:
    """Run a command and give what it printed; its progress goes to the terminal."""
    command = [sys.executable, "-m", "inrcodec", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def shown(source: Path, quality: str, unit: str, views: dict[str, tuple[object, ...]]) -> None:
    """Encode a file, decode it to each of several views, and print a table."""
    coded = OUTPUT / f"{source.stem}.inr"
    encoded = json.loads(inrcodec("encode", source, "-o", coded, "--force", "--json"))
    rows = [("encode", coded, f"{encoded[quality]:.2f} dB", encoded["seconds"])]
    for name, options in views.items():
        output = OUTPUT / name
        began = time.perf_counter()
        inrcodec("decode", *options, coded, "-o", output, "--force")
        rows.append((f"decode {name.partition('@')[2]}", output, "", time.perf_counter() - began))
    verified = inrcodec("verify", coded).strip().rpartition(": ")[2]

    print(f"\n{'':<20}{'file':<24}{'bytes':>10}{'quality':>12}{'seconds':>10}")
    print(f"{'original':<20}{source.relative_to(ROOT)!s:<24}{source.stat().st_size:>10}")
    for what, path, level, seconds in rows:
        label, size = what.rpartition(".")[0] or what, path.stat().st_size
        name = str(path.relative_to(ROOT))
        print(f"{label:<20}{name:<24}{size:>10}{level:>12}{seconds:>10.1f}")
    rate = encoded[{"bpp": "bits_per_pixel", "kbit/s": "kbps"}[unit]]
    print(f"\n{coded.relative_to(ROOT)}: {verified}, {rate:.3f} {unit}")


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    shown(
        PHOTO,
        "psnr_db",
        "bpp",
        {"photo@1x.png": ("--scale", 1), "photo@4x.png": ("--scale", 4)},
    )
    shown(
        MELODY,
        "snr_db",
        "kbit/s",
        {"melody@22050Hz.wav": (), "melody@96000Hz.wav": ("--rate", 96000)},
    )


if __name__ == "__main__":
    main()
