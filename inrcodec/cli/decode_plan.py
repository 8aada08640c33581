"""The plan of `decode`: the outputs of files and of an album's items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inrcodec.cli.common import STANDARD
from inrcodec.cli.inputs import SUFFIX
from inrcodec.container.names import find_items, read_names, stems
from inrcodec.container.portable import portable
from inrcodec.container.sections import Container
from inrcodec.errors import InrError, UsageError

__all__ = ["DecodePlan"]


@dataclass(frozen=True)
class DecodePlan:
    """A plan of what is to be decoded, and where to.

    Attributes
    ----------
    targets
        Where the one item of a file goes, by the file.
    output
        What the user names for outputs, if anything.
    wanted
        Items that the user names.
    named
        The name of an output beside a file.
    several
        Whether there may be several files: an album then gets a folder of its own.
    """

    targets: Mapping[Path, Path]
    output: str | None
    wanted: Sequence[str]
    named: Callable[[Path], Path]
    several: bool

    def items(self, names: Mapping[int, str]) -> list[int]:
        """Return the items of a file that are to be decoded; `UsageError` where one is not
        there."""
        return find_items(names, self.wanted) or list(names)

    def outputs(self, source: Path, names: Mapping[int, str]) -> dict[int, Path]:
        """The items of a file that are to be decoded, and where each goes: under its own name,
        unless it is one item and a file is named for it.

        Raises `UsageError` where one is not there, or they need a folder.
        """
        items = self.items(names)
        target = self.targets[source]
        to_folder = self._is_folder(target)
        beside = bool(self.wanted) and self.output is None and target != STANDARD
        own_folder = self.several and target != STANDARD and (to_folder or self.output is None)
        if len(items) > 1 and not to_folder and not beside and not own_folder:
            raise UsageError(
                f"it holds {len(names)} items; name a folder with -o, or one of them with --item"
            )
        to_file = self.output is not None and not to_folder
        if not any(names.values()) or target == STANDARD or to_file:
            return dict.fromkeys(items, target)
        folder = target.parent
        if own_folder:
            folder /= _folder_of(source)
        own = stems(names)
        return {
            item: folder / self.named(Path(portable(own[item] + SUFFIX))).name for item in items
        }

    def _is_folder(self, target: Path) -> bool:
        return self.output is not None and Path(self.output) != target

    def is_named(self, target: Path) -> bool:
        """Tell whether the user names an output as it is, with its extension."""
        return target == STANDARD or (self.output is not None and not self._is_folder(target))

    def check(self) -> None:
        """Raise `UsageError` where outputs of two files would be one; what cannot be read is left
        for later."""
        taken: dict[Path, Path] = {}
        for source in self.targets:
            if source == STANDARD:
                continue
            try:
                with Container(source) as container:
                    outputs = self.outputs(source, read_names(container))
            except (InrError, OSError):
                continue
            for target in set(outputs.values()):
                if taken.setdefault(target, source) != source:
                    raise UsageError(
                        f"{taken[target]} and {source} would both be written to {target}"
                    )


def _folder_of(album: Path) -> str:
    """The name of the folder that an album's items go to, never that of the album."""
    stem = album.name.removesuffix(SUFFIX)
    return stem if stem and stem != album.name else f"{album.name}.decoded"
