"""Whole folders: an `.inr` for each file, by several workers, with a manifest to resume from.

`places` are where files come from and go; `planning` names outputs; a `Worker` encodes; an
engine (`local`, `cluster`) keeps several workers busy; the `manifest` remembers; `running` is the
whole.
"""

from __future__ import annotations

from inrcodec.batch.backlog import Engine
from inrcodec.batch.local import LocalEngine
from inrcodec.batch.manifest import Manifest, Record
from inrcodec.batch.places import Place, open_place
from inrcodec.batch.planning import encodable
from inrcodec.batch.running import Batch, run
from inrcodec.batch.work import Advance, Order, Outcome

__all__ = [
    "Advance",
    "Batch",
    "Engine",
    "LocalEngine",
    "Manifest",
    "Order",
    "Outcome",
    "Place",
    "Record",
    "encodable",
    "open_place",
    "run",
]
