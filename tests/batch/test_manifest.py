"""The manifest: what survives, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inrcodec import InrError
from inrcodec.batch.manifest import Manifest, Record, canonical
from inrcodec.codecs.registry import make_settings
from inrcodec.errors import BusyError


def record(name: str, **fields: object) -> Record:
    """A record of an input of that name."""
    return Record(input=name, output=f"{name}.inr", settings={}, **fields)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A manifest of a and b, b in its second version."""
    manifest = Manifest(tmp_path / "manifest.jsonl")
    with manifest.writing():
        for entry in (record("b"), record("a"), record("b", bytes=5)):
            manifest.append(entry)
        # On disk at once, all of them.
        assert len((tmp_path / "manifest.jsonl").read_bytes().splitlines()) == 3
    return tmp_path / "manifest.jsonl"


def test_the_last_record_of_an_input_counts(path: Path) -> None:
    assert Manifest(path).records == {"a": record("a"), "b": record("b", bytes=5)}
    assert len(path.read_bytes().splitlines()) == 2


def test_any_torn_last_line_is_forgotten(path: Path) -> None:
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert len(Manifest(path).records) == (end >= first)
    manifest = Manifest(path)
    with manifest.writing():
        manifest.append(record("c"))
    assert set(Manifest(path).records) == {"a", "c"}


@pytest.mark.parametrize("text", ["notes", "notes\n", "{}\n", '{"input": 1}\n', "[]\n", "\n"])
def test_a_file_of_somebody_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.jsonl").write_text(text)
    with pytest.raises(InrError, match=r"m\.jsonl"):
        Manifest(tmp_path / "m.jsonl")


def test_records_without_the_newer_fields_are_read(path: Path) -> None:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for fields in lines:
        del fields["warnings"], fields["ignored"]
    path.write_text("".join(json.dumps(fields) + "\n" for fields in lines))
    assert Manifest(path).records == {"a": record("a"), "b": record("b", bytes=5)}


def test_what_is_ignored_is_noted_anew_by_each_run(path: Path) -> None:
    for names in (["x.heic", "y.txt"], ["y.txt"]):
        manifest = Manifest(path)
        with manifest.writing():
            manifest.note_ignored(record(name, ignored=True) for name in names)
        assert set(Manifest(path).records) == {"a", "b", *names}


def test_two_batches_do_not_write_one_manifest(path: Path) -> None:
    with (
        Manifest(path).writing(),
        pytest.raises(BusyError, match=r"another process is changing .*m.*\.jsonl"),
        Manifest(path).writing(),
    ):
        pass


def test_records_of_a_batch_that_ended_meanwhile_are_kept(path: Path) -> None:
    late, other = Manifest(path), Manifest(path)
    with other.writing():
        other.append(record("c"))
    with late.writing():
        late.append(record("d"))
    assert set(Manifest(path).records) == {"a", "b", "c", "d"}


def test_the_lock_leaves_nothing_and_is_not_needed_to_be_gone(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    # As a process that was killed leaves it.
    path.with_name(f".{path.name}.lock").touch()
    with Manifest(path).writing():
        pass
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_settings_are_equal_where_bytes_are() -> None:
    base = canonical(make_settings())
    assert base == canonical(make_settings(model="auto", max_memory=5, max_work=7.0, fields={}))
    for other in ({"quality": 40.0}, {"seed": 1}, {"strip": frozenset({"icc"})}, {"effort": 2}):
        assert canonical(make_settings(**other)) != base  # type: ignore[arg-type]
    assert canonical(make_settings(fields={"block": 9})) == canonical(
        make_settings(fields={"block": "9"})
    )
