/** Latents to channels: a step of the wavelet, and the filter after it (`inr-v1-grid.md`, 6). */

import { cropped } from "./planes.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./kernels.js").Field} Field */
/** @typedef {import("./model.js").Networks} Networks */
/** @typedef {import("./model.js").Filter} Filter */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./planes.js").Planes<Float32Array>} Planes */

/** Floats of work that the filter takes: `filters.h`. */
const FILTER_FLOATS = (3 * (3 + 2 * 24) + 24 + 5) * 480;

/**
 * A level to be synthesized.
 * @typedef {object} SynthesisTask
 * @property {number} channels
 * @property {Planes} low
 * @property {Planes[]} details
 * @property {Size} size of what they come to
 * @property {Box} kept the part of that which is wanted
 * @property {number | null} scale of the filter that follows
 */

/**
 * @param {Kernels} kernels
 * @param {SynthesisTask} task
 * @param {Networks} networks
 * @returns {Planes}
 */
export function synthesize(kernels, task, networks) {
  const { channels, low, details, size, kept } = task;
  const [rows, columns] = size;
  const bands = [low, ...details].map(({ values, size: [r, c] }) => ({
    address: kernels.put(values),
    bytes: 4 * r * c,
  }));
  const whole = kernels.allocate(4 * channels * rows * columns);
  const row = kernels.allocate(4 * columns);
  for (let channel = 0; channel < channels; channel++) {
    const wavelet = kernels.struct([
      ["u32", whole + 4 * channel * rows * columns],
      ...bands.map(
        ({ address, bytes }) => /** @type {Field} */ (["u32", address + channel * bytes]),
      ),
      ["i32", rows],
      ["i32", columns],
    ]);
    kernels.call("inr_wavelet_synthesize", wavelet, row);
  }
  const filter = task.scale === null ? undefined : networks.filters[task.scale];
  const out = filter
    ? filtered(kernels, filter, whole, channels, size, kept.top, kept.bottom)
    : whole;
  const values = kernels.floats(out, channels * rows * columns);
  return cropped({ values, size }, kept, channels);
}

/**
 * Filter some rows of planes.
 * @param {Kernels} kernels
 * @param {Filter} filter
 * @param {number} planes
 * @param {number} channels
 * @param {Size} size
 * @param {number} [top]
 * @param {number} [bottom]
 * @returns {number} the address of planes of the same size
 */
export function filtered(
  kernels,
  filter,
  planes,
  channels,
  [rows, columns],
  top = 0,
  bottom = rows,
) {
  const bytes = 4 * rows * columns;
  const out = kernels.allocate(channels * bytes);
  const each = (/** @type {number} */ start) =>
    [0, 1, 2].map((k) => /** @type {Field} */ (["u32", k < channels ? start + k * bytes : 0]));
  const image = kernels.struct([
    ...each(planes),
    ...each(out),
    ...Array.from({ length: 4 }, () => /** @type {Field} */ (["u32", 0])),
    ["i32", rows],
    ["i32", columns],
  ]);
  const weights = filter.map((tensor) => /** @type {Field} */ (["u32", kernels.put(tensor)]));
  const work = kernels.allocate(4 * FILTER_FLOATS);
  const count = BigInt(FILTER_FLOATS);
  kernels.call("inr_filter_rows", kernels.struct(weights), image, top, bottom, work, count);
  return out;
}
