"""Build the source distribution, and from it wheels for all platforms on one machine, by zig.

    python building/wheels.py [--out dist] [PLATFORM...]

`sdist` is the source distribution alone, which needs no zig; `wasm32` is the kernels alone, as a
module that a page or Python in a browser loads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from backend import PLATFORM
from kernels import NATIVE, ROOT, Target, compile_kernels, zig

__all__ = ["TARGETS", "build_all"]

MOST_BYTES = 2 << 20
# Alone among the platforms.
SDIST = "sdist"
_QUIET = "{'--global-option': '--quiet'}"


def _target(triple: str, library: str, *linked: str) -> Target:
    flags = ("-target", triple)
    return Target(library, triple.startswith("x86_64"), flags, ("-shared", *linked))


# Zig's targets, by what the tags of wheels call them.
TARGETS = {
    "manylinux_2_17_x86_64": _target("x86_64-linux-gnu.2.17", "_kernels.so", "-lm"),
    "manylinux_2_17_aarch64": _target("aarch64-linux-gnu.2.17", "_kernels.so", "-lm"),
    "musllinux_1_2_x86_64": _target("x86_64-linux-musl", "_kernels.so"),
    "musllinux_1_2_aarch64": _target("aarch64-linux-musl", "_kernels.so"),
    "macosx_11_0_x86_64": _target("x86_64-macos.11.0", "_kernels.dylib"),
    "macosx_11_0_arm64": _target("aarch64-macos.11.0", "_kernels.dylib"),
    "win_amd64": _target("x86_64-windows-gnu", "_kernels.dll"),
    "win_arm64": _target("aarch64-windows-gnu", "_kernels.dll"),
    "wasm32": Target(
        "kernels.wasm",
        False,
        ("-target", "wasm32-wasi", "-msimd128"),
        ("-mexec-model=reactor", "-Wl,--export-dynamic"),
    ),
}


def _sdist(out: Path) -> Path:
    """Build the source distribution."""
    code = f"import backend; print(backend.build_sdist({str(out)!r}, {_QUIET}))"
    return out / _run(["-c", code], ROOT)


def _unpacked(sdist: Path, folder: Path) -> Path:
    """Unpack what a release has into a folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


def _run(arguments: list[str], where: Path, **environment: str) -> str:
    """Run Python with the build backend; return the last line that it prints."""
    paths = os.pathsep.join([str(where / "building"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, check=True, cwd=where, env=environment, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip().rpartition("\n")[2]


def _wheel(command: list[str], platform: str, source: Path, out: Path) -> Path:
    """Build the wheel of a platform from an unpacked release."""
    target, native = TARGETS[platform], source / NATIVE.relative_to(ROOT)
    for path in native.glob("_kernels.*"):
        path.unlink()
    shutil.rmtree(source / "build", ignore_errors=True)
    compile_kernels(command, target, native)
    code = f"import backend; print(backend.build_wheel({str(out)!r}, {_QUIET}))"
    return out / _run(["-c", code], source, **{PLATFORM: platform})


def _checked(path: Path) -> Path:
    """Print a file and its size."""
    size = path.stat().st_size
    print(f"{path} {size} bytes", flush=True)
    if size > MOST_BYTES:
        raise ValueError(f"{path} has {size} bytes; {MOST_BYTES} is the most")
    return path


def build_all(platforms: list[str], out: Path) -> list[Path]:
    """Build the source distribution and the wheels of platforms; return their files.

    Raises `CalledProcessError` where one does not build, `ValueError` where one is too large.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = [_checked(_sdist(out))]
    if platforms == [SDIST]:
        return files
    command = zig()
    if command is None:
        raise ValueError("wheels are built by zig: pip install ziglang")
    with tempfile.TemporaryDirectory() as name:
        source = _unpacked(files[0], Path(name))
        for platform in platforms:
            if platform == "wasm32":
                built = compile_kernels(command, TARGETS[platform], out)
            else:
                built = _wheel(command, platform, source, out)
            files.append(_checked(built))
    return files


def main() -> None:
    """Build what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platforms", nargs="*", choices=[*TARGETS, SDIST, []], metavar="PLATFORM")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    build_all(arguments.platforms or list(TARGETS), arguments.out.resolve())


if __name__ == "__main__":
    main()
