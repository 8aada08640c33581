"""The build backend: setuptools, with the kernels compiled beside their sources.

Where there is no compiler, or it fails, the package is built without them and runs on numpy; so it
does where `INRCODEC_NATIVE` is 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import kernels
from setuptools import build_meta
from setuptools.build_meta import (
    build_sdist,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

Settings = dict[str, Any] | None

# Set by what builds wheels for other machines, which has compiled the kernels already: the platform
# of the wheel's tag.
PLATFORM = "INRCODEC_WHEEL_PLATFORM"
# Systems that the compiler of `ziglang` has wheels for.
_ZIG = ("linux", "darwin", "win32")


def _requires(theirs: list[str]) -> list[str]:
    wanted = kernels.compiler() is None and sys.platform in _ZIG and _is_native_wanted()
    return [*theirs, "ziglang>=0.13"] if wanted else theirs


def _is_native_wanted() -> bool:
    return os.environ.get("INRCODEC_NATIVE") != "0"


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Ask for a compiler where there is none."""
    return _requires(build_meta.get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """Ask for a compiler where there is none."""
    return _requires(build_meta.get_requires_for_build_editable(config_settings))


def _compile() -> bool:
    """Compile for this machine; tell whether that went well."""
    for path in kernels.NATIVE.glob("_kernels.*"):
        path.unlink()
    command = kernels.compiler()
    if command is None or not _is_native_wanted():
        return False
    try:
        kernels.compile_kernels(command, kernels.native_target(), kernels.NATIVE)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the kernels are not compiled; numpy stands in: {error}", file=sys.stderr)
        return False
    return True


def _tagged(settings: Settings, platform: str) -> dict[str, Any]:
    """Settings for a wheel of any Python 3 on a platform."""
    tag = f"--plat-name={platform.replace('-', '_').replace('.', '_')}"
    return {**(settings or {}), "--build-option": [tag, "--python-tag=py3"]}


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel with the kernels for its platform, or one without them for any."""
    platform = os.environ.get(PLATFORM)
    if platform is None and _compile():
        platform = sysconfig.get_platform()
    settings = _tagged(config_settings, platform) if platform else config_settings
    return build_meta.build_wheel(str(Path(wheel_directory)), settings, metadata_directory)


def build_editable(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build an editable wheel, with the kernels beside their sources."""
    _compile()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
