/** Alpha beside a grid (`formats/inr-v1-grid.md`, 7 and 8). */

import { adler32, unpack } from "./bytes.js";
import { FormatError } from "./errors.js";
import { sizeOf } from "./geometry.js";

/** @typedef {import("./geometry.js").Box} Box */

export class Alpha {
  /**
   * @param {Uint8Array | Uint16Array} samples of all pixels
   * @param {number} peak
   * @param {number} height
   * @param {number} width
   */
  constructor(samples, peak, height, width) {
    this.samples = samples;
    this.peak = peak;
    this.height = height;
    this.width = width;
  }

  /** @param {Uint8Array} payload @param {{height: number, width: number, bits: number}} header */
  static async read(payload, { height, width, bits }) {
    const bytes = await unpack(payload, "deflate", (height * width * bits) / 8);
    // A stream ends with the sum of what it unpacks to; nothing may follow it.
    if (adler32(bytes) !== new DataView(payload.slice(-4).buffer).getUint32(0))
      throw new FormatError("alpha is followed by something");
    const [peak, size] = [2 ** bits - 1, bits / 8];
    const samples = new (size === 1 ? Uint8Array : Uint16Array)(height * width);
    for (let row = 0, at = 0; row < height; row++)
      for (let column = 0, sample = 0; column < width; column++, at++) {
        const difference = size === 1 ? bytes[at] : bytes[2 * at] | (bytes[2 * at + 1] << 8);
        sample = (sample + difference) & peak;
        samples[at] = sample;
      }
    return new Alpha(samples, peak, height, width);
  }

  /**
   * Alpha at the places of samples of a scale: the mean of the pixels around each, weighed as a Lanczos
   * kernel of that width weighs them.
   * @param {number} scale
   * @param {Box} box
   * @returns {import("./planes.js").Planes<Float32Array>}
   */
  window(scale, box) {
    const size = sizeOf(box);
    const taps = weightsOf(2 ** scale);
    const radius = (taps.length - 1) / 2;
    const lines = new Float32Array(this.height * size[1]);
    const sum = (
      /** @type {number} */ place,
      /** @type {number} */ most,
      /** @type {(at: number) => number} */ value,
    ) => {
      let total = 0;
      for (let t = -radius; t <= radius; t++)
        total += taps[t + radius] * value(Math.min(Math.max(place * 2 ** scale + t, 0), most - 1));
      return total;
    };
    const [first, last] = [box.top * 2 ** scale - radius, (box.bottom - 1) * 2 ** scale + radius];
    for (let row = Math.max(0, first); row <= Math.min(this.height - 1, last); row++)
      for (let j = 0; j < size[1]; j++)
        lines[row * size[1] + j] = sum(
          box.left + j,
          this.width,
          (at) => this.samples[row * this.width + at] / this.peak,
        );
    const values = new Float32Array(size[0] * size[1]);
    for (let i = 0; i < size[0]; i++)
      for (let j = 0; j < size[1]; j++)
        values[i * size[1] + j] = sum(box.top + i, this.height, (at) => lines[at * size[1] + j]);
    return { values, size };
  }
}

/** @param {number} factor @returns {number[]} */
function weightsOf(factor) {
  if (factor === 1) return [1];
  const radius = 3 * factor;
  const sinc = (/** @type {number} */ x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  const taps = Array.from({ length: 2 * radius + 1 }, (_, k) => (k - radius) / factor);
  const weights = taps.map((x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}
