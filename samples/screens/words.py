"""What screens say: sentences, names, and lines of code and of logs."""

from __future__ import annotations

__all__ = ["CODE", "FILES", "LOG", "MESSAGES", "PARAGRAPHS", "PLACES", "STREETS"]

PARAGRAPHS = (
    "The harbour was built in 1874, when the railway first reached the coast. Two moles of "
    "granite, each 310 metres long, kept the swell away from the quays; a light on the northern "
    "one could be seen for eleven miles. Fishing boats still land here, but most of the berths "
    "belong to yachts.",
    "From the old customs house a path climbs through heather and gorse to the signal station. "
    "On a clear day the view takes in the whole bay, from the white cliffs of Carrick to the "
    "low islands in the west. Allow about two hours for the walk, and take water: there is none "
    "on the way.",
    "Trains run every forty minutes between six in the morning and half past ten at night. A "
    "day ticket costs £7.80, or £5.20 for those under sixteen, and is valid on buses 4, 9 and "
    "17 too. Bicycles travel free of charge outside the rush hours, as far as there is room for "
    "them.",
    "The museum of tides opened last spring in a former ice factory. Its largest exhibit is a "
    "machine of brass wheels that adds up thirty-seven components and draws the height of water "
    "for any day of the year. Visitors may turn its handle; one turn is a little over an hour.",
    "Weather comes from the southwest and seldom stays. Rain falls on 190 days of the year, "
    "though rarely for long, and frost is unusual before December. Gales are most frequent in "
    "January: the ferry was cancelled nine times in that month of 2021, and only once between "
    "May and August.",
)

PLACES = (
    *("Port Carrick", "Holmwood", "St Brannoc", "Upper Marsh", "Quayside", "Ferncombe"),
    *("Old Harbour", "Millbrook", "Castle Hill", "Whitesand", "Lark Common", "Tollgate"),
)

STREETS = (
    *("Station Road", "High Street", "Fore Street", "Mill Lane", "Victoria Avenue", "Church Row"),
    *("Ropewalk", "Beacon Hill", "North Parade", "Granary Lane", "Queen Street", "Park Road"),
)

FILES = (
    ("annual-report.pdf", "2.4 MB", "12 Mar 2026"),
    ("budget_2026.xlsx", "418 KB", "11 Mar 2026"),
    ("floor plan.svg", "96 KB", "2 Mar 2026"),
    ("IMG_2041.jpg", "3.8 MB", "27 Feb 2026"),
    ("IMG_2042.jpg", "4.1 MB", "27 Feb 2026"),
    ("minutes.docx", "57 KB", "19 Feb 2026"),
    ("README.txt", "2 KB", "8 Jan 2026"),
    ("tides.csv", "731 KB", "3 Jan 2026"),
)

MESSAGES = (
    ("Anna Whitlock", "Minutes of Tuesday's meeting", "Please find them attached; corrections by"),
    ("Harbour Office", "Berth 14 from 3 April", "Your reservation is confirmed. The fee of £32"),
    ("Build server", "[tides] #2291 passed", "All 1,204 tests passed in 6 min 12 s on main."),
    (
        "Tomás Ribeiro",
        "Re: Photographs for the guide",
        "The one of the lighthouse is lovely, could",
    ),
    ("Library", "Two items are due on Friday", "The Art of Navigation; A Field Guide to Shells"),
    ("Mei Lin", "Lunch?", "I'm at the museum until one. Soup by the quay?"),
    ("Carrick Cycles", "Your bicycle is ready", "We replaced the chain and both brake pads, and"),
    ("Build server", "[tides] #2290 failed", "1 failed, 1,203 passed: test_leap_second_is_kept"),
    ("Oskar Lindqvist", "Draft of chapter 3", "I have moved the figures to the end and cut"),
    ("Power & Water", "Statement for February", "You used 212 kWh, 9 % less than last year."),
    ("Anna Whitlock", "Fwd: Floor plan", "The architect's second version. Note the stairs"),
    (
        "Railway alerts",
        "Engineering works 14-15 March",
        "Buses replace trains between Holmwood and",
    ),
)

LOG = (
    ("INFO", "server", "listening on 0.0.0.0:8080"),
    ("INFO", "db", "connected to tides@localhost in 14 ms"),
    ("DEBUG", "cache", "loaded 2048 entries, 18.4 MiB"),
    ("INFO", "http", "GET /stations/carrick/today 200 3.1 ms"),
    ("INFO", "http", "GET /stations/holmwood/today 200 2.8 ms"),
    ("WARN", "gauge", "station brannoc is late by 00:04:31"),
    ("INFO", "http", "GET /static/app.css 304 0.2 ms"),
    ("ERROR", "gauge", "station upper-marsh: connection refused (attempt 3)"),
    ("INFO", "http", "POST /readings 201 5.9 ms"),
    ("DEBUG", "cache", "evicted 117 entries"),
    ("INFO", "http", "GET /stations/carrick/today 200 2.9 ms"),
    ("WARN", "http", "GET /stations/atlantis/today 404 1.7 ms"),
    ("INFO", "gauge", "station brannoc is back: 3.42 m, 11.8 °C"),
    ("INFO", "http", "GET /stations/brannoc/today 200 3.0 ms"),
    ("DEBUG", "db", "committed 96 readings in 22 ms"),
)

CODE = '''\
"""Heights of the tide as a sum of harmonic components."""

from __future__ import annotations

import math
from dataclasses import dataclass

SPEEDS = {"M2": 28.984104, "S2": 30.0, "N2": 28.439730, "K1": 15.041069}


@dataclass(frozen=True)
class Component:
    """One component: its speed in degrees per hour, and its size in metres."""

    name: str
    amplitude: float
    phase: float = 0.0

    def height(self, hours: float) -> float:
        angle = SPEEDS[self.name] * hours - self.phase
        return self.amplitude * math.cos(math.radians(angle))


class Station:
    def __init__(self, name: str, mean: float, components: list[Component]) -> None:
        if not components:
            raise ValueError(f"station {name!r} has no components")
        self.name, self.mean = name, mean
        self.components = components

    def height(self, hours: float) -> float:
        """Height of water above chart datum, in metres."""
        return self.mean + sum(c.height(hours) for c in self.components)

    def high_waters(self, start: float, end: float, step: float = 0.1):
        # A maximum is where the slope changes its sign.
        before, rising = self.height(start), False
        for k in range(1, int((end - start) / step)):
            here = self.height(start + k * step)
            if rising and here < before:
                yield start + (k - 1) * step, before
            rising, before = here > before, here


if __name__ == "__main__":
    carrick = Station("Port Carrick", 2.94, [Component("M2", 1.71, 143.0)])
    for hours, metres in carrick.high_waters(0.0, 48.0):
        print(f"{hours:6.1f} h  {metres:.2f} m")
'''
