"""Golden bytes: what every model encodes to, byte for byte.

A change of structure must not change a bit. What a fit comes to depends on the CPU's instructions:
those cases run on the kind of CPU that they were recorded on. To record what changed on purpose,
with the reason in the commit: `python tests/test_golden.py`, or with the first words of cases after
it, those alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner
from PIL import Image

from inrcodec.cli import main

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).with_suffix(".json")


def cpu_kind() -> str:
    """The instructions that torch takes here, and where the system tells, the family and the model
    of the CPU: its libraries take other ones for each."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    told = [line.split()[-1] for line in lines if line.startswith(("cpu family", "model\t"))]
    return " ".join([torch.backends.cpu.get_cpu_capability(), *told[:2]])


CPU = cpu_kind()

SMALL = "--width 8 --depth 1"
# Steps of weights follow from errors, which differ by machine.
START = "--steps 0 --precision fp16"
# Command lines by name; words that end like files are made by `make_inputs`.
CASES = {
    "grid": "encode rgb.png --model grid --effort 1",
    "grid alpha": "encode rgba.png --effort 1 --alpha-quality 50",
    "grid gray 16": "encode gray16.png --effort 1 -q 90",
    "grid iterations": "encode rgb.png --effort 2 -q 80",
    "grid own networks": "encode large.png --effort 3 -q 97",
    "grid target": "encode rgb.png --effort 2 --target-size 1500",
    "grid blocks": "encode large.png --effort 1 --set block=7 -q 85",
    "grid without filters": "encode rgb.png --effort 1 --set flags=none",
    "grid visual": "encode large.png --effort 2 --tune visual",
    "grid album": "encode rgb.png large.png --effort 1 -q 95 -o out.inr",
    **{
        f"{model} start": f"encode rgb.png --model {model} {SMALL} {START}"
        for model in ("siren", "enrp", "minr", "incode", "coin++")
    },
    "siren learnt start": f"encode rgb.png --model siren --width 12 {START}",
    "loe start": f"encode rgb.png --model loe --width 8 --depth 2 {START}",
    "local-global start": f"encode rgb.png --model local-global {START}",
    **{
        f"{model} fit": f"encode rgb.png --model {model} {SMALL} --steps 7"
        for model in ("siren", "enrp", "minr", "incode", "coin++")
    },
    "loe fit": "encode rgb.png --model loe --width 8 --depth 2 --steps 7 --threads 1",
    "local-global fit": "encode gray.png --model local-global --steps 3",
    **{
        f"enrp {name}": f"encode rgb.png --model enrp --tile 16 --activation {name} --steps 5"
        for name in ("wire", "gaussian", "fourier", "finer")
    },
    "siren fp16": f"encode rgb.png --model siren {SMALL} --steps 7 --precision fp16",
    "siren prior": "encode rgb.png --model siren --width 12 --steps 7",
    "siren quality": "encode rgb.png --model siren -q 20 --steps 9",
    "siren target": "encode rgb.png --model siren --target-size 600 --steps 9",
    "siren stop": f"encode gray.png --model siren {SMALL} --steps 300 --stop-psnr 15",
    "minr album": f"encode rgb.png gray3.png --model minr {SMALL} --steps 5 -o out.inr",
    "stack": "batch stack -o out --model enrp --tile 16 --steps 11 --workers 1 --stack 2",
    "audio grid": "encode tone.wav",
    "audio grid snr": "encode tone.wav --tune snr -q 80 --effort 1",
    "audio grid target": "encode tone.wav --kbps 20",
    "audio grid streams": "encode tone.wav --set frame=8 --set span=1",
    "audio start": f"encode tone.wav --model enrp {START}",
    "audio fit": "encode tone.wav --model enrp --steps 12",
    "audio groups": "encode tone.wav --model enrp --chunk 0.2 --steps 5",
    "audio siren": f"encode tone.wav --model siren {SMALL} --steps 8",
    "audio preset": "encode tone.wav --model enrp --preset P1 --steps 3",
    "audio local-global": "encode tone.wav --model local-global --steps 2",
    "pixels": "encode rgb.png --lossless",
    "pixels alpha": "encode rgba.png --lossless",
    "pixels gray 16": "encode gray16.png --lossless",
    "pixels drawn": "encode drawn.png --lossless",
    "pixels tiles": "encode rgb.png --lossless --set tile_height=16 --set tile_width=24",
    "pixels near": "encode rgb.png --near-lossless 2",
    "pixels near drawn": "encode drawn.png --near-lossless 3",
}
# These are the same on every machine.
EXACT = {name for name in CASES if name.endswith("start") or name.startswith("pixels")}


def make_inputs(folder: Path) -> None:
    """The signals of the command lines."""
    with Image.open(ROOT / "samples/photo.png") as photo:
        photo.crop((350, 200, 406, 240)).save(folder / "rgb.png")
        photo.crop((300, 180, 460, 300)).save(folder / "large.png")
        photo.crop((350, 200, 406, 240)).convert("L").save(folder / "gray.png")
        photo.crop((350, 200, 406, 240)).convert("L").convert("RGB").save(folder / "gray3.png")
        (folder / "stack").mkdir()
        for k in range(2):
            photo.crop((350 + 9 * k, 200, 390 + 9 * k, 240)).save(folder / f"stack/{k}.png")
        deep = np.asarray(photo.crop((350, 200, 406, 240)).convert("L")).astype(np.uint16) * 257
        Image.fromarray(deep).save(folder / "gray16.png")
    with Image.open(ROOT / "samples/rgba.png") as marble:
        marble.crop((100, 100, 150, 140)).save(folder / "rgba.png")
    y, x = np.mgrid[:40, :56]
    drawn = np.stack([(y // 7 + x // 9) % 5 * 50, x % 6 * 40, (x * y // 5) % 9 * 20 + 3], axis=2)
    Image.fromarray(drawn.astype(np.uint8)).save(folder / "drawn.png")
    time = np.arange(6000) / 8000
    tone = 0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * 1210 * time**2)
    soundfile.write(folder / "tone.wav", np.stack([tone, tone[::-1]], 1), 8000, "PCM_16")


def digest(command: str, folder: Path) -> str:
    """The SHA-256 of all .inr files that a command line makes in a folder of its inputs."""
    make_inputs(folder)
    result = CliRunner().invoke(main, [*command.split(), "--quiet"])
    assert result.exit_code == 0, result.output
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.inr")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_golden(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = json.loads(GOLDEN.read_text())
    if name not in EXACT and recorded["cpu"] != CPU:
        pytest.skip(f"recorded on a CPU with {recorded['cpu']}, this one has {CPU}")
    monkeypatch.chdir(tmp_path)
    assert digest(CASES[name], tmp_path) == recorded["sha256"][name]


def record(start: str = "") -> None:
    """Write the digests of this version, of the cases whose names start so."""
    chosen = {name: command for name, command in CASES.items() if name.startswith(start)}
    recorded = json.loads(GOLDEN.read_text())
    if start and recorded["cpu"] != CPU and not EXACT.issuperset(chosen):
        raise SystemExit("another kind of CPU: record all cases, or those that are exact")
    if not start:
        recorded["cpu"] = CPU
    found = {name: old for name, old in recorded["sha256"].items() if name in CASES}
    for name, command in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                found[name] = digest(command, Path(folder))
            print(name, found[name][:12])
    GOLDEN.write_text(json.dumps({"cpu": recorded["cpu"], "sha256": found}, indent=1) + "\n")


if __name__ == "__main__":
    record(" ".join(sys.argv[1:]))
