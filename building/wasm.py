"""Compile the kernels that decode images to WebAssembly, for the viewer, by zig.

    python building/wasm.py [--out viewer]

The module imports nothing: a page hands it memory, and gets numbers back (`viewer/kernels.js`). It
is kept in git, so that neither a page nor an installation needs a compiler for it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kernels import ROOT, Target, compile_kernels, zig

__all__ = ["build_wasm"]

# What decodes images; the linker leaves out all that these do not call.
_EXPORTS = (
    "__heap_base",
    "inr_add_places",
    "inr_block_room",
    "inr_decode_block",
    "inr_filter_rows",
    "inr_low_band",
    "inr_stack_pop_decisions",
    "inr_stack_pop_plain",
    "inr_turn_colors",
    "inr_wavelet_synthesize",
)
_STACK_BYTES = 1 << 18
_TARGET = Target(
    "kernels.wasm",
    False,
    ("-target", "wasm32-wasi", "-msimd128"),
    (
        "-mexec-model=reactor",
        f"-Wl,-z,stack-size={_STACK_BYTES}",
        *(f"-Wl,--export={name}" for name in _EXPORTS),
    ),
)


def build_wasm(out: Path) -> Path:
    """Build the module into a folder; return its file.

    Raises `CalledProcessError` where it does not build, `ValueError` without zig.
    """
    command = zig()
    if command is None:
        raise ValueError("WebAssembly is built by zig: pip install ziglang")
    return compile_kernels(command, _TARGET, out)


def main() -> None:
    """Build what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "viewer")
    path = build_wasm(parser.parse_args().out.resolve())
    print(f"{path} {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
