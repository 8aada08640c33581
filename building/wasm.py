"""Compile the kernels that decode images to WebAssembly, for the viewer, by zig.

    python building/wasm.py [--out viewer]

There are two modules, so that a page of photographs never fetches what decodes samples. They
import nothing: a page hands them memory, and gets numbers back (`viewer/kernels.js`). They are kept
in git, so that neither a page nor an installation needs a compiler for them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kernels import ROOT, Target, compile_kernels, zig

__all__ = ["build_wasm"]

# What decodes grids and draws images, and what decodes samples; the linker leaves out all that
# these do not call.
_EXPORTS = {
    "kernels.wasm": (
        "inr_add_places",
        "inr_block_room",
        "inr_decode_block",
        "inr_filter_rows",
        "inr_low_band",
        "inr_stack_pop_decisions",
        "inr_stack_pop_plain",
        "inr_turn_colors",
        "inr_wavelet_synthesize",
    ),
    "samples.wasm": ("inr_decode_scan", "inr_scan_room"),
}
_STACK_BYTES = 1 << 18


def _target(module: str) -> Target:
    return Target(
        module,
        False,
        ("-target", "wasm32-wasi", "-msimd128"),
        (
            "-mexec-model=reactor",
            f"-Wl,-z,stack-size={_STACK_BYTES}",
            *(f"-Wl,--export={name}" for name in ("__heap_base", *_EXPORTS[module])),
        ),
    )


def build_wasm(out: Path) -> list[Path]:
    """Build the modules into a folder; return their files.

    Raises `CalledProcessError` where it does not build, `ValueError` without zig.
    """
    command = zig()
    if command is None:
        raise ValueError("WebAssembly is built by zig: pip install ziglang")
    return [compile_kernels(command, _target(module), out) for module in _EXPORTS]


def main() -> None:
    """Build what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "viewer")
    for path in build_wasm(parser.parse_args().out.resolve()):
        print(f"{path} {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
