/** Spectrograms: of each column of a picture, the spectrum of the audio at its time. */

const WINDOW = 1024;
const HEADER_BYTES = 44;
/** From black to white: decibels below a full-scale sine, and how many of them are told apart. */
const RANGE_DB = 90;

/**
 * Draw the spectrogram of a WAV file of 16 bits as it arrives.
 * @param {HTMLCanvasElement} canvas
 * @param {string} url
 * @param {{channels: number, seconds?: number, rate?: number}} signal
 * @param {AbortSignal} ended
 */
export async function drawSpectrogram(canvas, url, signal, ended) {
  const frames = Math.round(Number(signal.seconds) * Number(signal.rate));
  const response = await fetch(url, { signal: ended });
  if (!response.ok) throw new Error(await response.text());
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const columns = new Columns(context, frames, signal.channels);
  for (let part = await reader.read(); !part.done; part = await reader.read())
    columns.add(part.value);
  columns.finish();
}

/** Draws columns from bytes that come piece by piece; keeps no more of them than a window. */
class Columns {
  #skipped = 0;
  /** @type {number[]} */
  #bytes = [];
  #frame = 0;
  #column = 0;
  #recent = new Float32Array(WINDOW);

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} frames
   * @param {number} channels
   */
  constructor(context, frames, channels) {
    this.context = context;
    this.frames = frames;
    this.channels = channels;
    this.fourier = new Fourier(WINDOW);
  }

  /** @param {Uint8Array} bytes */
  add(bytes) {
    const width = 2 * this.channels;
    for (const byte of bytes) {
      if (this.#skipped < HEADER_BYTES) {
        this.#skipped++;
        continue;
      }
      this.#bytes.push(byte);
      if (this.#bytes.length < width) continue;
      let sum = 0;
      for (let k = 0; k < width; k += 2)
        sum += ((this.#bytes[k] | (this.#bytes[k + 1] << 8)) << 16) >> 16;
      this.#bytes.length = 0;
      this.#put(sum / this.channels / 32768);
    }
  }

  finish() {
    for (let k = 0; k < WINDOW / 2; k++) this.#put(0);
  }

  /** @param {number} value of a frame */
  #put(value) {
    this.#recent[this.#frame % WINDOW] = value;
    this.#frame++;
    const { width } = this.context.canvas;
    // A column is of the window around its middle.
    const due = () => ((this.#column + 0.5) * this.frames) / width + WINDOW / 2;
    while (this.#column < width && this.#frame >= due()) this.#draw(this.#column++);
  }

  /** @param {number} column */
  #draw(column) {
    const ordered = Float32Array.from(
      this.#recent,
      (_, k) => this.#recent[(this.#frame + k) % WINDOW],
    );
    const levels = this.fourier.decibels(ordered);
    const { height } = this.context.canvas;
    const pixels = new ImageData(1, height);
    for (let row = 0; row < height; row++) {
      const bin = Math.floor(((height - 1 - row) * levels.length) / height);
      const heat = Math.min(1, Math.max(0, 1 + levels[bin] / RANGE_DB));
      pixels.data.set(colorOf(heat), 4 * row);
    }
    this.context.putImageData(pixels, column, 0);
  }
}

/**
 * Black, violet, orange, white.
 * @param {number} heat 0 to 1
 */
function colorOf(heat) {
  const stops = [
    [0, 0, 4],
    [87, 16, 110],
    [188, 55, 84],
    [249, 142, 9],
    [252, 255, 220],
  ];
  const at = heat * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const mixed = stops[low].map((value, k) => value + (stops[low + 1][k] - value) * (at - low));
  return [...mixed, 255];
}

/** The fast Fourier transform of so many values, a power of two. */
class Fourier {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    this.real = new Float32Array(size);
    this.imaginary = new Float32Array(size);
    this.window = Float32Array.from(
      { length: size },
      (_, k) => Math.sin((Math.PI * (k + 0.5)) / size) ** 2,
    );
  }

  /**
   * Levels of all frequencies but the highest, in decibels below a sine of full scale.
   * @param {Float32Array} values
   * @returns {Float32Array}
   */
  decibels(values) {
    const { real, imaginary, size } = this;
    for (let k = 0, place = 0; k < size; k++) {
      real[place] = values[k] * this.window[k];
      imaginary[place] = 0;
      let bit = size >> 1;
      for (; place & bit; bit >>= 1) place ^= bit;
      place ^= bit;
    }
    for (let half = 1; half < size; half *= 2) this.#merge(half);
    const full = (size / 4) ** 2;
    return Float32Array.from({ length: size / 2 }, (_, k) => {
      const power = (real[k] ** 2 + imaginary[k] ** 2) / full;
      return 10 * Math.log10(power + 1e-12);
    });
  }

  /** @param {number} half */
  #merge(half) {
    const { real, imaginary, size } = this;
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [Math.cos((Math.PI * k) / half), -Math.sin((Math.PI * k) / half)];
      for (let a = k; a < size; a += 2 * half) {
        const b = a + half;
        const [x, y] = [real[b] * cos - imaginary[b] * sin, real[b] * sin + imaginary[b] * cos];
        real[b] = real[a] - x;
        imaginary[b] = imaginary[a] - y;
        real[a] += x;
        imaginary[a] += y;
      }
    }
  }
}
