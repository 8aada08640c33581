/** Lanczos interpolation along an axis (`formats/inr-v1-grid.md`, 7). */

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./planes.js").Planes<Float32Array>} Planes */

/**
 * `count` outputs, spread over the `length` samples from `start` on; `first` is the number of the first
 * sample that there is.
 * @typedef {{start: number, length: number, count: number, first: number}} Axis
 */

const LOBES = 3;

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param {number} x */
export function lanczos(x) {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

/**
 * Samples that outputs are sums of: the first, and the one after the last.
 * @param {Axis} axis
 * @returns {[number, number]}
 */
export function neededOf({ start, length, count }) {
  const step = length / count;
  const radius = Math.ceil(LOBES * Math.max(1, step));
  const place = (/** @type {number} */ j) => Math.floor(start + (j + 0.5) * step - 0.5);
  return [place(0) - radius + 1, place(count - 1) + radius + 1];
}

/** Whether outputs are samples as they are. @param {Axis} axis */
export const isPlain = ({ start, length, count }) => count === length && Number.isInteger(start);

/**
 * The samples and the weights of each output.
 * @param {Axis} axis
 * @param {number} size how many samples there are
 */
function tableOf({ start, length, count, first }, size) {
  const step = length / count;
  const widening = Math.max(1, step);
  const radius = Math.ceil(LOBES * widening);
  const taps = 2 * radius;
  const index = new Int32Array(count * taps);
  const weights = new Float32Array(count * taps);
  for (let j = 0; j < count; j++) {
    const position = start + (j + 0.5) * step;
    const lowest = Math.floor(position - 0.5) - radius + 1;
    const own = Array.from({ length: taps }, (_, t) =>
      lanczos((lowest + t + 0.5 - position) / widening),
    );
    const sum = own.reduce((a, b) => a + b);
    for (let t = 0; t < taps; t++) {
      index[j * taps + t] = Math.min(Math.max(lowest + t - first, 0), size - 1);
      weights[j * taps + t] = own[t] / sum;
    }
  }
  return { index, weights, taps };
}

/**
 * Planes with outputs of an axis in place of its samples; all memory of kernels is given back.
 * @param {Kernels} kernels
 * @param {Planes} planes
 * @param {number} channels
 * @param {number} dimension 0 for rows, 1 for columns
 * @param {Axis} axis
 * @returns {Planes}
 */
export function resample(kernels, planes, channels, dimension, axis) {
  const places = planes.size[dimension];
  if (isPlain(axis) && axis.start === axis.first && axis.count === places) return planes;
  const { index, weights, taps } = tableOf(axis, places);
  const [rows, columns] = planes.size;
  const width = dimension === 0 ? columns : 1;
  const lines = dimension === 0 ? channels : channels * rows;
  kernels.clear();
  const count = lines * axis.count * width;
  const out = kernels.zeros(4 * count);
  const sums = kernels.struct([
    ["u32", kernels.put(planes.values)],
    ["u32", out],
    ["u32", kernels.put(index)],
    ["u32", kernels.put(weights)],
    ["i64", lines],
    ["i64", places],
    ["i64", axis.count],
    ["i64", taps],
    ["i64", width],
  ]);
  kernels.call("inr_add_places", sums);
  const size = /** @type {[number, number]} */ (
    dimension === 0 ? [axis.count, columns] : [rows, axis.count]
  );
  return { values: kernels.floats(out, count).slice(), size };
}
