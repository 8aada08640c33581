"""Compile the kernels: with the machine's compiler, or with zig, which compiles for other machines.

    python building/kernels.py [--sanitized]

builds them for this machine where a clone finds them, or under `build/sanitized/` with checks of
addresses and of undefined behavior.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NATIVE", "Target", "compile_kernels", "compiler", "native_target", "zig"]

ROOT = Path(__file__).parents[1]
NATIVE = ROOT / "inrcodec" / "native"

# Without contraction C and numpy agree to the bit; where sums are exact, or only drawn, it is
# allowed.
_FLAGS = ["-std=c99", "-O3", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-fno-math-errno"]
# Only for who changes them: another compiler may warn of other things.
_STRICT = ["-Wall", "-Wextra", "-Werror"]
_SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
_SIMD = ["-ffp-contract=fast", "-fno-trapping-math"]
# clang's own order of instructions copies the sums of `dense.h` from register to register: without
# it they take half the time.
_CLANG_SIMD = ["-mllvm", "-enable-misched=false"]
# Instruction sets of x86-64, of which the best is chosen at run time.
_VARIANTS = {
    "base": [],
    "avx2": ["-mavx2", "-mfma"],
    "avx512": [
        *("-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512bw", "-mavx512dq"),
        "-mprefer-vector-width=512",
    ],
}


@dataclass(frozen=True)
class Target:
    """A kind of machine that kernels are compiled for.

    Attributes
    ----------
    library
        The file's name.
    variants
        Whether it has instruction sets to choose from.
    flags, linked
        More for the compiler, and for what links.
    """

    library: str
    variants: bool
    flags: tuple[str, ...] = ()
    linked: tuple[str, ...] = ("-shared",)


def native_target() -> Target:
    """Return the target that is this machine."""
    suffix = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
    variants = platform.machine().lower() in ("x86_64", "amd64")
    return Target(f"_kernels.{suffix}", variants, linked=("-shared", "-lm"))


def zig() -> list[str] | None:
    """Return the compiler of the `ziglang` wheel, if it is installed."""
    if importlib.util.find_spec("ziglang") is None:
        return None
    return [sys.executable, "-m", "ziglang", "cc"]


def compiler() -> list[str] | None:
    """Return a compiler for this machine: that of `CC`, its own, or zig."""
    if "CC" in os.environ:
        return shlex.split(os.environ["CC"])
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    return zig()


def _is_clang(command: Sequence[str]) -> bool:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    return "clang" in done.stdout.lower()


def _commands(
    folder: Path, target: Target, sanitized: bool, clang: bool
) -> Iterator[tuple[Path, list[str]]]:
    """Yield the object files, and what compiles each."""
    common = [*_FLAGS, *target.flags, *(_SANITIZED if sanitized else ())]
    if target.variants:
        common.append("-DINR_VARIANTS")
    for source in sorted(NATIVE.glob("*.c")):
        if not source.stem.endswith("_simd"):
            yield folder / f"{source.stem}.o", [*common, str(source)]
            continue
        for isa, flags in _VARIANTS.items() if target.variants else [("base", [])]:
            more = [*_SIMD, *(_CLANG_SIMD if clang else ())]
            simd = [*more, *flags, f"-DINR_ISA={isa}", str(source)]
            yield folder / f"{source.stem}_{isa}.o", [*common, *simd]


def compile_kernels(
    command: Sequence[str],
    target: Target,
    out: Path,
    sanitized: bool = False,
    strict: bool = False,
) -> Path:
    """Compile and link the kernels; return their library in the folder `out`. `strict` takes
    warnings for errors.

    Raises `CalledProcessError` where that fails.
    """

    def run(arguments: Sequence[str]) -> None:
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL)

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        commands = list(_commands(Path(name), target, sanitized, _is_clang(command)))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            flags = _STRICT if strict else []
            list(pool.map(lambda c: run([*flags, "-c", *c[1], "-o", str(c[0])]), commands))
        library = Path(name) / target.library
        objects = [str(path) for path, _ in commands]
        stripped = _SANITIZED if sanitized else ["-s"]
        run([*target.flags, *stripped, *objects, *target.linked, "-o", str(library)])
        # In one step: a process that runs keeps the file it has.
        shutil.copy(library, out / f"{target.library}.new")
        (out / f"{target.library}.new").replace(out / target.library)
    return out / target.library


def main() -> int:
    """Build for this machine."""
    command, sanitized = compiler(), "--sanitized" in sys.argv[1:]
    if command is None:
        print("no C compiler: install one, or `pip install ziglang`", file=sys.stderr)
        return 1
    out = ROOT / "build" / "sanitized" if sanitized else NATIVE
    try:
        print(compile_kernels(command, native_target(), out, sanitized, strict=True))
    except subprocess.CalledProcessError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
