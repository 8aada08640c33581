"""The page of a report: HTML that loads nothing, for light and dark screens."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from statistics import mean
from typing import Any

from inrcodec.information import in_words, shape_in_words
from inrcodec.report.entries import Entry
from inrcodec.report.gallery import Gallery, Part, Worst
from inrcodec.report.histogram import histogram
from inrcodec.signal import AudioInfo, ImageInfo

__all__ = ["page"]


@dataclass(frozen=True)
class _Column:
    """A measure: its field, its name, how it is written, and the kind of signal of which there are
    its histogram and its mean."""

    field: str
    heading: str
    form: str
    histogram_of: str = ""


_COLUMNS = (
    _Column("bytes", "bytes", ",d"),
    _Column("original_percent", "% of original", ".1f"),
    _Column("bits_per_pixel", "bpp", ".3f", "image"),
    _Column("kbps", "kbit/s", ".1f", "audio"),
    _Column("psnr_db", "PSNR, dB", ".2f", "image"),
    _Column("ssim", "SSIM", ".4f"),
    _Column("ssimulacra2", "SSIMULACRA2", ".1f", "image"),
    _Column("snr_db", "SNR, dB", ".2f", "audio"),
)

_PLURALS = {info.kind: info.plural for info in (ImageInfo, AudioInfo)}


def page(title: str, entries: Sequence[Entry], gallery: Gallery) -> Iterator[str]:
    """The HTML of a report, part by part, as thumbnails are many."""
    style, script = (
        files(__package__).joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}"
    )
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(title)}: inrcodec report</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n"
    )
    yield _summary(entries)
    yield from _histograms(entries)
    yield from _worst([*gallery.worst()])
    yield from _table(entries, gallery)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _value(entry: Entry, field: str) -> float | None:
    """A measure of an entry; None where it has none."""
    fields = entry.fields
    if field == "original_percent":
        whole = fields.get("original_bytes")
        return 100 * fields["bytes"] / whole if whole else None
    value: float | None = fields.get(field)
    return value


def _finite(entries: Sequence[Entry], field: str, kind: str = "") -> list[float]:
    """A measure of all entries, or of those of a kind, that have one, save of the lossless."""
    of_kind = (e for e in entries if not kind or e.fields.get("kind") == kind)
    values = (_value(entry, field) for entry in of_kind)
    return [value for value in values if value is not None and math.isfinite(value)]


def _summary(entries: Sequence[Entry]) -> str:
    damaged = sum(entry.error is not None for entry in entries)
    pairs = [e.fields for e in entries if "original_bytes" in e.fields]
    facts = {
        "signals": f"{len(entries):,}",
        "failed": f"{damaged:,}" * bool(damaged),
    }
    facts["bytes"] = f"{sum(e.fields.get('bytes', 0) for e in entries):,}"
    if before := sum(fields["original_bytes"] for fields in pairs):
        after = sum(fields["bytes"] for fields in pairs)
        facts["of their originals"] = f"{100 * after / before:.1f} %"
    for column in _COLUMNS:
        if column.histogram_of and (values := _finite(entries, column.field, column.histogram_of)):
            facts[f"mean {column.heading}"] = format(mean(values), column.form)
    rows = "\n".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts.items() if v)
    return f"<dl>\n{rows}\n</dl>\n"


def _histograms(entries: Sequence[Entry]) -> Iterator[str]:
    drawn = [
        histogram(values, f"{column.heading} ({_PLURALS[column.histogram_of]})")
        for column in _COLUMNS
        if column.histogram_of and (values := _finite(entries, column.field, column.histogram_of))
    ]
    if drawn:
        yield '<h2>Rates and qualities</h2>\n<div class="cards">\n'
        yield from (f"<figure>\n{svg}\n</figure>\n" for svg in drawn)
        yield "</div>\n"


def _worst(found: Sequence[Worst]) -> Iterator[str]:
    if found:
        yield (
            "<h2>The worst, where they differ most</h2>\n"
            '<p>Original on the left, decoded on the right.</p>\n<div class="cards">\n'
        )
        for one in found:
            yield f"<article>\n<h3>{escape(one.name)}: {-one.rank[0]:.2f} dB</h3>\n"
            yield from (_pair(part) for part in one.parts)
            yield "</article>\n"
        yield "</div>\n"


def _pair(part: Part) -> str:
    images = "\n".join(
        f'<img src="{_data("png", data)}" alt="{what}, {escape(part.place)}">'
        for what, data in (("original", part.original), ("decoded", part.decoded))
    )
    return f'<div class="pair">\n{images}\n</div>\n<p>{escape(part.place)}</p>\n'


def _data(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _table(entries: Sequence[Entry], gallery: Gallery) -> Iterator[str]:
    columns = [c for c in _COLUMNS if any(_value(e, c.field) is not None for e in entries)]
    heads = "".join(f'<th scope="col"><button>{c.heading}</button></th>' for c in columns)
    yield (
        "<h2>All signals</h2>\n"
        '<div class="scroll" tabindex="0" role="region" aria-label="All signals">\n<table>\n'
        "<caption>A click on the name of a column sorts by it.</caption>\n"
        '<thead>\n<tr><td></td><th scope="col" class="name"><button>name</button></th>'
        f"{heads}</tr>\n</thead>\n<tbody>\n"
    )
    yield from (_row(entry, columns, gallery) for entry in entries)
    yield "</tbody>\n</table>\n</div>\n"


def _row(entry: Entry, columns: Sequence[_Column], gallery: Gallery) -> str:
    image = ""
    if entry.thumbnail is not None:
        image = (
            f'<img src="{_data("jpeg", gallery.thumbnail(entry.thumbnail))}" alt="" loading="lazy">'
        )
    cells = "".join(_cell(_value(entry, c.field), c.form) for c in columns)
    return (
        f'<tr><td class="thumbnail">{image}</td><th scope="row" class="name" '
        f'data-value="{escape(entry.name)}"><strong>{escape(entry.name)}</strong>'
        f"{''.join(_remarks(entry))}</th>{cells}</tr>\n"
    )


def _cell(value: float | None, form: str) -> str:
    if value is None:
        return "<td></td>"
    shown = format(value, form) if math.isfinite(value) else "lossless"
    return f'<td data-value="{"Infinity" if value == math.inf else value}">{shown}</td>'


def _remarks(entry: Entry) -> Iterator[str]:
    """The lines below the name of an entry."""
    fields = entry.fields
    if "model" in fields:
        yield f"<small>{escape(_described(fields))}</small>"
    if entry.original is not None:
        yield f"<small>original: {escape(entry.original)}</small>"
    elif "model" in fields:
        yield "<small>no original</small>"
    yield from (f"<small>{escape(note)}</small>" for note in entry.notes)
    if entry.error is not None:
        yield f'<small class="bad">{escape(entry.error)}</small>'


def _described(fields: dict[str, Any]) -> str:
    """Size and settings of a signal."""
    return f"{shape_in_words(fields)}; {fields['model']}: {in_words(fields['network'])}"
