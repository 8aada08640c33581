"""Render random music and speech: what the audio networks are trained on beside recordings.

    python training/random_music.py FOLDER --count 120 [--soundfont FluidR3_GM.sf2] [--seed 0]

Each piece has chords, a melody, a bass and drums of instruments drawn at random, played by
`fluidsynth` from a General MIDI soundfont (Debian's `fluid-soundfont-gm`, MIT license); one in six
is a text spoken by `flite` (a BSD-like license). Both programs must be installed. A piece depends
on its number and the seed alone; those that are there are not rendered again.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATES = (48000, 44100, 48000, 44100, 32000)
SECONDS = 10.0
TICKS = 480
# General MIDI: the channel of drums, and controllers.
DRUMS, PAN, VOLUME = 9, 10, 7
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))
SPEECH_EVERY = 6
VOICES = ("slt", "rms", "awb", "kal16")

# Time in ticks, and the bytes of what happens then.
Event = tuple[int, bytes]


def notes(channel: int, start: int, length: int, keys: Iterable[int], velocity: int) -> list[Event]:
    """Return the events of keys that sound together."""
    events = []
    for key in keys:
        events.append((start, bytes([0x90 | channel, key & 127, velocity])))
        events.append((start + length, bytes([0x80 | channel, key & 127, 0])))
    return events


def instrument(generator: np.random.Generator, channel: int, program: int) -> list[Event]:
    """Return the events that set a channel's instrument, place and loudness."""
    pan, volume = int(generator.integers(10, 118)), int(generator.integers(60, 127))
    events: list[Event] = [] if channel == DRUMS else [(0, bytes([0xC0 | channel, program]))]
    events.append((0, bytes([0xB0 | channel, PAN, 64 if channel == DRUMS else pan])))
    return [*events, (0, bytes([0xB0 | channel, VOLUME, volume]))]


def piece(generator: np.random.Generator) -> tuple[list[Event], int]:
    """Return the events of a piece, and its microseconds a beat."""
    tempo = int(generator.integers(270_000, 900_000))
    beats = int(SECONDS * 1e6 / tempo) + 1
    scale = SCALES[generator.integers(len(SCALES))]
    root = int(generator.integers(40, 60))
    parts = generator.random(4) < (0.75, 0.8, 0.6, 0.55)
    if not parts.any():
        parts[generator.integers(4)] = True
    events: list[Event] = []
    for channel in range(3):
        events += instrument(generator, channel, int(generator.integers(120)))
    events += instrument(generator, DRUMS, 0)
    chord = [0, 2, 4]
    for beat in range(beats):
        start = beat * TICKS
        if beat % 4 == 0:
            degree = int(generator.integers(len(scale)))
            chord = [degree + third for third in (0, 2, 4)]
        keys = [root + 12 * (d // len(scale)) + scale[d % len(scale)] for d in chord]
        if parts[0] and beat % 2 == 0:
            events += notes(0, start, 2 * TICKS - 10, keys, int(generator.integers(40, 100)))
        if parts[1]:
            events += _melody(generator, start, root + 12, scale)
        if parts[2]:
            events += notes(2, start, TICKS // 2, [keys[0] - 24], int(generator.integers(60, 120)))
        if parts[3]:
            events += _drums(generator, start)
    return events, tempo


def _melody(
    generator: np.random.Generator, start: int, root: int, scale: tuple[int, ...]
) -> list[Event]:
    events = []
    count = int(generator.choice([1, 1, 2, 3, 4]))
    for part in range(count):
        if generator.random() < 0.85:
            degree = int(generator.integers(2 * len(scale)))
            key = root + 12 * (degree // len(scale)) + scale[degree % len(scale)]
            at, velocity = start + part * TICKS // count, int(generator.integers(50, 120))
            events += notes(1, at, TICKS // count - 5, [key], velocity)
    return events


def _drums(generator: np.random.Generator, start: int) -> list[Event]:
    events = []
    for part in range(4):
        if generator.random() < (0.9, 0.3, 0.6, 0.3)[part]:
            key = int(generator.integers(35, 82))
            at, velocity = start + part * TICKS // 4, int(generator.integers(50, 127))
            events += notes(DRUMS, at, TICKS // 8, [key], velocity)
    return events


def midi_file(events: list[Event], tempo: int) -> bytes:
    """Return a MIDI file of one track."""
    track = bytearray(b"\x00\xff\x51\x03" + tempo.to_bytes(3, "big"))
    last = 0
    for time, data in sorted(events, key=lambda event: event[0]):
        track += _variable(time - last) + data
        last = time
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + (6).to_bytes(4, "big") + b"\x00\x00\x00\x01" + TICKS.to_bytes(2, "big")
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def _variable(number: int) -> bytes:
    """Return a number in MIDI's variable length."""
    parts = [number & 127]
    while number := number >> 7:
        parts.append(number & 127 | 128)
    return bytes(reversed(parts))


def render(generator: np.random.Generator, soundfont: Path, path: Path) -> None:
    """Render a piece to a WAV file."""
    events, tempo = piece(generator)
    rate = RATES[generator.integers(len(RATES))]
    with TemporaryDirectory() as folder:
        midi = Path(folder) / "piece.mid"
        midi.write_bytes(midi_file(events, tempo))
        command = ["fluidsynth", "-ni", "-g", "0.7", "-r", str(rate), "-F", str(path)]
        subprocess.run([*command, str(soundfont), str(midi)], check=True, capture_output=True)


def speak(generator: np.random.Generator, texts: list[str], path: Path) -> None:
    """Speak some lines of text to a WAV file, of 16 kHz."""
    first = int(generator.integers(max(1, len(texts) - 4)))
    voice = VOICES[generator.integers(len(VOICES))]
    text = " ".join(texts[first : first + 4])
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    prose = Path(__file__).parents[1] / "LICENSE"
    texts = [line for line in prose.read_text().splitlines() if line[:1].isalpha()]
    for number in range(arguments.count):
        generator = np.random.default_rng([arguments.seed, number])
        path = arguments.folder / f"piece-{number:03}.wav"
        partial = path.with_suffix(".partial.wav")
        if path.exists():
            continue
        if number % SPEECH_EVERY == SPEECH_EVERY - 1:
            speak(generator, texts, partial)
        else:
            render(generator, arguments.soundfont, partial)
        partial.replace(path)


if __name__ == "__main__":
    main()
