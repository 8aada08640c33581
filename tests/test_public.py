"""The public face: complete, sorted, documented, and light to import."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import inrcodec
from inrcodec import errors

MODULES = [m.name for m in pkgutil.walk_packages(inrcodec.__path__, "inrcodec.")]
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


@pytest.mark.parametrize("name", inrcodec.__all__)
def test_public_names_are_documented(name: str) -> None:
    assert getattr(inrcodec, name).__doc__


def test_every_error_is_one_of_ours() -> None:
    codes = {name: getattr(errors, name).exit_code for name in errors.__all__}
    assert all(issubclass(getattr(errors, name), inrcodec.InrError) for name in codes)
    assert set(codes.values()) == {1, 2, 3, 4, 5}
    for name in codes:
        assert name in (errors.__doc__ or "")


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError):
        _ = inrcodec.encoder


@pytest.mark.parametrize("code", ["import inrcodec", "import inrcodec.cli", "inrcodec.info(PATH)"])
def test_headers_need_no_torch(code: str) -> None:
    from test_formats import VECTORS

    code = code.replace("PATH", repr(str(VECTORS / "valid/siren-rgb.inr")))
    code = f"import inrcodec, sys; {code}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
