"""The command line as a user meets it: outputs, names, exit codes, one-line errors."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import click
import numpy as np
import pytest
from commands import QUICK, encoded, files, folder, refused, run, size_of
from conftest import crop_of_photo
from image_files import EXIF, GPS, camera_jpeg
from PIL import Image

import inrcodec
from inrcodec.cli import main
from inrcodec.codecs.grid.encoder.optimizer import LatentOptimizer
from inrcodec.container.sections import Container

__all__ = ["encoded", "folder"]

COMMANDS = {name: main.get_command(None, name) for name in main.list_commands(None)}


def test_encode_prints_what_it_did() -> None:
    result = run("encode", "photo.png", *QUICK)
    assert result.exit_code == 0
    assert result.stderr == ""
    size = Path("photo.inr").stat().st_size
    assert result.stdout.startswith(f"photo.inr: {size} bytes, {size * 8 / 1800:.3f} bpp, ")
    assert " dB, " in result.stdout


def test_encode_json() -> None:
    result = run("encode", "photo.png", "-o", "p.inr", "--json", *QUICK)
    fields = json.loads(result.stdout)
    assert list(fields) == [
        "input", "output", "model", "device", "steps", "parameters", "bytes", "bits_per_pixel",
        "psnr_db", "seconds", "warnings",
    ]  # fmt: skip
    assert fields["output"] == "p.inr"
    assert fields["bytes"] == Path("p.inr").stat().st_size
    check = json.loads(run("verify", "p.inr", "--original", "photo.png", "--json").stdout)
    assert check["psnr_db"] == pytest.approx(fields["psnr_db"])


def test_siren_and_options() -> None:
    options = ["--model", "siren", "--width", "8", "--depth", "1", "--omega", "12", "--lr", "0.01"]
    assert run("encode", "photo.png", "--steps", 10, *options).exit_code == 0
    fields = json.loads(run("info", "photo.inr", "--json").stdout)
    assert fields["model"] == "siren"
    assert fields["network"]["width"] == 8
    assert fields["network"]["omega_0"] == 12


def test_round_trip_through_standard_streams() -> None:
    coded = run("encode", "-", *QUICK, stdin=Path("photo.png").read_bytes())
    assert "standard output: " in coded.stderr
    image = run("decode", "-", stdin=coded.stdout_bytes)
    Path("out.png").write_bytes(image.stdout_bytes)
    assert size_of("out.png") == (50, 36)
    assert files() == {"photo.png", "out.png"}


@pytest.mark.parametrize(
    ("arguments", "name", "size"),
    [
        ([], "photo.decoded.png", (50, 36)),
        (["--scale", "4"], "photo@4x.png", (200, 144)),
        (["--scale", "2.5"], "photo@2.5x.png", (125, 90)),
        (["--size", "33x44"], "photo@33x44.png", (33, 44)),
        (["--region", "10,5,20,8"], "photo@10,5,20,8.png", (20, 8)),
        (["--region", "10,5,20,8", "--scale", "2"], "photo@10,5,20,8@2x.png", (40, 16)),
        (["-o", "x.webp"], "x.webp", (50, 36)),
    ],
)
def test_decode_writes(
    encoded: Path, arguments: list[str], name: str, size: tuple[int, int]
) -> None:
    result = run("decode", *arguments, encoded)
    assert result.exit_code == 0
    assert files() == {"photo.png", "photo.inr", name}
    assert size_of(name) == size
    assert result.stdout.startswith(f"{name}: {size[0]}×{size[1]}, ")


def test_outputs_go_to_a_folder(encoded: Path) -> None:
    shutil.copy(encoded, "other.inr")
    Path("out").mkdir()
    assert run("decode", encoded, "other.inr", "-o", "out").exit_code == 0
    assert {p.name for p in Path("out").iterdir()} == {"photo.decoded.png", "other.decoded.png"}


def test_mode_depth_and_metadata_are_restored() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    deep = crop_of_photo(20, 20)[..., 0].astype(np.uint16) * 257
    Image.fromarray(deep).save("deep.png", exif=exif)
    Image.fromarray(crop_of_photo(20, 20)).convert("LA").save("la.png", exif=exif)
    assert run("encode", "deep.png", *QUICK).exit_code == 0
    assert run("encode", "la.png", "--strip", "exif,icc", *QUICK).exit_code == 0
    assert run("decode", "deep.inr", "la.inr").exit_code == 0
    with Image.open("deep.decoded.png") as image:
        assert image.mode == "I;16"
        assert image.getexif()[0x010F] == "Maker"
    with Image.open("la.decoded.png") as image:
        assert image.mode == "LA"
        assert 0x010F not in image.getexif()


def test_what_a_camera_wrote_reaches_a_tiff_file() -> None:
    Path("camera.jpg").write_bytes(camera_jpeg())
    assert run("encode", "camera.jpg", *QUICK).stderr == ""
    result = run("decode", "camera.inr", "-o", "camera.tiff")
    assert result.exit_code == 0
    assert result.stderr == "inrcodec: camera.inr: TIFF cannot hold its comment: left out\n"
    with Image.open("camera.tiff") as image:
        assert image.size == (20, 30)
        assert image.getexif().get_ifd(EXIF)[0x9003] == "2024:05:06 07:08:09"
        assert image.getexif().get_ifd(GPS)[29] == "2024:05:06"
    assert run("encode", "camera.jpg", "--strip", "iptc,resolution,tags", "-o", "s.inr", *QUICK)
    tags = [s["tag"] for s in json.loads(run("info", "s.inr", "--json").stdout)["sections"]]
    assert not {"iptc", "reso", "tags"} & set(tags)


@pytest.mark.parametrize("extension", [".avif", ".webp", ".jp2"])
def test_a_damaged_image_does_not_stop_the_others(extension: str) -> None:
    for name in ("a", "b", "c"):
        Image.fromarray(crop_of_photo(36, 50)).save(name + extension)
    whole = Path("b" + extension).read_bytes()
    middle = len(whole) // 2
    Path("b" + extension).write_bytes(whole[: middle - 40] + bytes(80) + whole[middle + 40 : -40])
    result = run("encode", *(name + extension for name in "abc"), "-o", "out/", *QUICK)
    assert result.exit_code == 6
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"inrcodec: b{extension}: a damaged image (")
    assert {path.name for path in Path("out").iterdir()} == {"a.inr", "c.inr"}


def test_info(encoded: Path) -> None:
    fields = json.loads(run("info", encoded, "--json").stdout)
    wanted = (
        "format kind model width height channels bits_per_sample items parameters bytes "
        "bits_per_pixel sections"
    )
    assert set(wanted.split()) <= set(fields)
    assert (fields["width"], fields["height"], fields["channels"]) == (50, 36, 3)
    assert fields["parameters"] == 12 * 47
    assert [s["tag"] for s in fields["sections"]] == ["SIGN", "NETW", "TIDX", "TILE"]
    text = run("info", encoded).stdout
    assert "enrp" in text
    assert "50×36" in text


def test_verify(encoded: Path) -> None:
    assert run("verify", encoded).stdout == "photo.inr: intact\n"
    data = bytearray(encoded.read_bytes())
    data[-9] ^= 16
    encoded.write_bytes(data)
    refused(run("verify", encoded), 3, "photo.inr", "checksum")


def test_damaged_tiles_are_gray_when_that_is_asked_for(encoded: Path) -> None:
    run("decode", encoded, "-o", "sound.png")
    data = bytearray(encoded.read_bytes())
    data[Container(bytes(data)).entry(b"TILE", 1).offset] ^= 1
    encoded.write_bytes(data)
    refused(run("decode", encoded), 3, "photo.inr", "tile 0")
    result = run("decode", encoded, "--allow-damaged")
    assert result.exit_code == 3
    assert "a tile is damaged" in result.stderr
    with Image.open("photo.decoded.png") as found, Image.open("sound.png") as sound:
        pixels, before = np.asarray(found), np.asarray(sound)
    assert (pixels[:16, :16] == 128).all()
    np.testing.assert_array_equal(pixels[16:], before[16:])
    np.testing.assert_array_equal(pixels[:, 16:], before[:, 16:])


def test_stop_psnr_and_threads() -> None:
    options = ["--steps", 2000, "--stop-psnr", 20, "--threads", 1, "--json", *QUICK[:-2]]
    fields = json.loads(run("encode", "photo.png", *options).stdout)
    assert fields["steps"] < 2000
    assert 19 < fields["psnr_db"] < 24


def test_decoded_pixels_are_those_of_the_library(encoded: Path) -> None:
    run("decode", encoded, "--region", "10,5,20,8", "--scale", "2.5", "-o", "x.png")
    with Image.open("x.png") as image:
        expected = inrcodec.open(encoded).render(region=(10, 5, 20, 8), scale=2.5)
        assert np.array_equal(np.asarray(image), expected)


def test_a_bad_original_is_named(encoded: Path) -> None:
    Path("bad.png").write_text("x")
    refused(run("verify", encoded, "--original", "bad.png"), 3, "bad.png")


def test_every_command_and_option_is_documented() -> None:
    assert set(COMMANDS) == {
        *("add", "batch", "bench", "compare", "crop", "decode", "encode", "extend", "extract"),
        *("info", "models", "predict", "remove", "report", "search", "verify", "view"),
    }
    for name, command in COMMANDS.items():
        assert command.help
        assert f"inrcodec {name} " in command.help
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"
        assert run(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("size", "most"), [("3000", 3000), ("3kB", 3000), ("2.9 KiB", 2970), ("0.003MB", 3000)]
)
def test_target_size(size: str, most: int) -> None:
    result = run("encode", "photo.png", "--target-size", size, "--effort", 1)
    assert result.exit_code == 0, result.output
    assert 0.97 * most <= Path("photo.inr").stat().st_size <= most


def test_targets_out_of_reach_leave_no_file() -> None:
    refused(
        run("encode", "photo.png", "--target-size", "30"), 5, "photo.png", "30 bytes", "nearest"
    )
    assert files() == {"photo.png"}
    assert run("encode", "photo.png", "--target-size", "small").exit_code == 2
    assert run("encode", "photo.png", "-q", "0").exit_code == 2
    refused(run("encode", "photo.png", "-q", 50, "--lmbda", 0.001), 2, "quality", "lmbda")
    refused(
        run("encode", "photo.png", "--tune", "visual", "--model", "siren"), 2, "siren has no tune"
    )


def test_interrupting_once_writes_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(crop_of_photo(128, 128)).save("larger.png")
    advance, shares = LatentOptimizer.advance, []

    def interrupted(optimizer: LatentOptimizer, share: float) -> float:
        shares.append(share)
        if len(shares) == 2:
            signal.raise_signal(signal.SIGINT)
        return advance(optimizer, share)

    monkeypatch.setattr(LatentOptimizer, "advance", interrupted)
    result = run("encode", "larger.png", "--time", "600")
    assert result.exit_code == 0, result.output
    assert "best so far" in result.stderr
    assert len(shares) == 2
    assert run("verify", "larger.inr").exit_code == 0


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_models_as_json(kind: str) -> None:
    arguments = ["--effort", "2", *["--audio"] * (kind == "audio")]
    text = run("models", *arguments).stdout.splitlines()
    found = [json.loads(line) for line in run("models", "--json", *arguments).stdout.splitlines()]
    assert [fields["name"] for fields in found] == [line.split()[0] for line in text[::2]]
    for fields in found:
        assert kind in fields["kinds"]
        assert (fields["kind"], fields["effort"]) == (kind, 2)
        assert fields["summary"] in text[2 * found.index(fields)]
        assert fields["fields"]
        assert (fields["steps"] > 0) == (fields["name"] != "pixels")
    default = {"image": "mixed", "audio": "grid"}[kind]
    assert [fields["name"] for fields in found if fields["default"]] == [default]
    enrp = next(fields for fields in found if fields["name"] == "enrp")
    assert enrp["fields"]["activation"] == "sine"
    assert enrp["learning_rate"] > 0
