"""Let atheris look for files that lead to code which no file before them reached.

    pip install 'inrcodec[fuzz]'
    python tests/fuzz/coverage_guided.py -max_total_time=600

Options are those of libFuzzer. It begins with the vectors and with `tests/fuzz/corpus`, the
smallest files that an earlier search found worth keeping; new ones go to `build/fuzz/found`, and
what fails to `build/fuzz`. `-merge=1 tests/fuzz/corpus build/fuzz/found` keeps the best of them.
"""

from __future__ import annotations

import os
import shlex
import sys
import warnings
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FOUND = ROOT / "build" / "fuzz" / "found"
VECTORS = ROOT / "formats" / "vectors"
sys.path[:0] = [str(HERE), str(ROOT)]

try:
    import atheris
except ImportError:
    sys.exit("skipped: atheris is not installed; pip install 'inrcodec[fuzz]'")

# What is imported within is watched for what it reaches.
with atheris.instrument_imports(include=["inrcodec"]):
    from cases import valid_files
    from exercise import exercise
    from inr_mutations import repaired


def check(data: bytes) -> None:
    """What is not as promised ends the search, and the file is kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exercise(data)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """A file with another section and checksums that are right; of what is no file, other bytes."""
    rng = Random(seed)
    if rng.random() < 0.9:
        files = valid_files()
        try:
            changed = repaired(rng, data, files[rng.choice(sorted(files))])
        except (IndexError, ValueError):
            pass  # It is no file that can be taken apart.
        else:
            return changed[:most]
    found: bytes = atheris.Mutate(data, most)
    return found


def main() -> None:
    FOUND.mkdir(parents=True, exist_ok=True)
    folders = [FOUND, HERE / "corpus", VECTORS / "valid", VECTORS / "unusual", VECTORS / "faulty"]
    given = sys.argv[1:]
    if all(argument.startswith("-") for argument in given):
        given += [str(folder) for folder in folders]
    options = [f"-artifact_prefix={FOUND.parent}{os.sep}", "-max_len=8192", "-timeout=60"]
    # libFuzzer starts itself again to merge, through a shell.
    command = shlex.join([sys.executable, *sys.argv[:1]])
    atheris.Setup([command, *options, *given], check, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
