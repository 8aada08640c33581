"""The public face: complete, sorted, typed, documented by examples that run, light to import."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import ROOT, crop_of_photo
from PIL import Image

import inrcodec
from inrcodec import errors
from inrcodec.keywords import EncodeKeywords

MODULES = [
    m.name
    for m in pkgutil.walk_packages(inrcodec.__path__, "inrcodec.")
    # Python takes a shared library for a module.
    if not m.name.endswith("._kernels")
]
MODULES = [name for name in MODULES if not name.endswith("__main__")]


def order(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions."""
    return (not name.isupper(), name[0].islower(), name)


@pytest.mark.parametrize("name", ["inrcodec", *MODULES])
def test_all_is_complete_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    exported = list(getattr(module, "__all__", []))
    assert exported == sorted(exported, key=order)
    assert all(getattr(module, public) is not None for public in exported)
    defined = {
        public
        for public, value in vars(module).items()
        if not public.startswith("_") and getattr(value, "__module__", None) == name
    }
    assert defined <= set(exported)


def test_the_public_names_are_these() -> None:
    assert inrcodec.__all__ == [
        *("Album", "AudioGridOptions", "AudioInfo", "BusyError", "Encoded", "FormatError"),
        *("GridOptions", "ImageInfo"),
        *("InrError", "InrOptions", "LimitError", "OutputExistsError", "PixelsOptions"),
        *("Prediction", "Progress"),
        *("Representation", "Settings", "SignalError", "TargetError", "UsageError", "View"),
        *("crop", "decode", "encode", "extend", "info", "open", "predict", "register"),
        "save",
    ]
    assert set(inrcodec.__all__) <= set(dir(inrcodec))


@pytest.mark.parametrize("name", inrcodec.__all__)
def test_public_names_are_documented(name: str) -> None:
    """With a first line that is one sentence, as is that of each public method."""
    documented = getattr(inrcodec, name)
    methods = [
        value
        for key, value in vars(documented).items()
        if inspect.isclass(documented) and not key.startswith("_") and callable(value)
    ]
    for one in (documented, *methods):
        first = (inspect.getdoc(one) or "").split("\n\n")[0].replace("\n", " ")
        assert first.endswith((".", ":")), f"{one}: {first!r}"


@pytest.mark.parametrize("path", sorted((ROOT / "inrcodec").rglob("*.py")), ids=lambda p: p.name)
def test_docstrings_begin_with_a_sentence(path: Path) -> None:
    """Not with a fragment that begins with a word such as these."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = (ast.get_docstring(node) or "Nothing").split()[0]
            assert first not in ("How", "Of", "See", "What", "Where", "Whether", "Which")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the examples of docstrings run: beside photo.png and song.wav."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(crop_of_photo(40, 56)).save("photo.png")
    tone = 0.3 * np.sin(np.arange(4000) * 0.3)
    soundfile.write("song.wav", tone, 16000, "PCM_16")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "least"),
    [("inrcodec", 20), ("album.album", 6), ("cropping", 3), ("decoding", 7), ("extending", 3)],
)
def test_examples_run(name: str, least: int) -> None:
    module = importlib.import_module(name if name == "inrcodec" else f"inrcodec.{name}")
    result = doctest.testmod(module, extraglobs={"inrcodec": inrcodec})
    assert result.attempted >= least
    assert not result.failed


def test_keywords_are_the_fields_of_settings_and_options() -> None:
    fields = {
        field.name
        for kind in (
            inrcodec.Settings,
            inrcodec.GridOptions,
            inrcodec.PixelsOptions,
            inrcodec.AudioGridOptions,
            inrcodec.InrOptions,
        )
        for field in dataclasses.fields(kind)
    }
    assert set(EncodeKeywords.__annotations__) == fields - {"options", "keep_float"}
    typing.get_type_hints(EncodeKeywords)


def test_a_wrong_keyword_fails_in_mypy(tmp_path: Path) -> None:
    script = tmp_path / "user.py"
    script.write_text(
        "import inrcodec\n"
        'inrcodec.encode("x.png", quality=60, effort=3).save("x.inr")\n'
        'reveal_type(inrcodec.open("x.inr").render())\n'
        'inrcodec.encode("x.png", qualty=60)\n'
        'inrcodec.encode("x.png", quality="best")\n'
    )
    command = [sys.executable, "-m", "mypy", str(script)]
    lines = subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()
    found = [line.partition("user.py:")[2] for line in lines if "user.py" in line]
    assert any(line.startswith('4: error: Unexpected keyword argument "qualty"') for line in found)
    assert any(line.startswith('5: error: Argument "quality"') for line in found)
    assert any(line.startswith("3: note: Revealed type is") and "ndarray" in line for line in found)
    assert not any(line.startswith(("1:", "2:")) for line in found)


def test_every_error_is_one_of_ours() -> None:
    codes = {name: getattr(errors, name).exit_code for name in errors.__all__}
    assert all(issubclass(getattr(errors, name), inrcodec.InrError) for name in codes)
    assert set(codes.values()) == {1, 2, 3, 4, 5}
    for name in codes:
        assert name in (errors.__doc__ or "")


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError):
        _ = inrcodec.encoder


@pytest.mark.parametrize(
    "code",
    [
        "import inrcodec",
        "import inrcodec.cli",
        "inrcodec.info(PATH)",
        "inrcodec.Settings()",
        "inrcodec.register()",
    ],
)
def test_headers_need_no_torch(code: str) -> None:
    from vectors import VECTORS

    code = code.replace("PATH", repr(str(VECTORS / "valid/siren-rgb.inr")))
    code = f"import inrcodec, sys; {code}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
