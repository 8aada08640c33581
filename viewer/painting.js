/** Channels to pixels: enlargement, colors, interpolation (`formats/inr-v1-grid.md`, 7). */

import { resample } from "./interpolation.js";
import { filtered } from "./synthesis.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./kernels.js").Field} Field */
/** @typedef {import("./model.js").Networks} Networks */
/** @typedef {import("./model.js").Filter} Filter */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./planes.js").Planes<Float32Array>} Planes */

/**
 * Channels to be turned to pixels.
 * @typedef {object} PaintTask
 * @property {Planes} channels in units of the step
 * @property {number} colors
 * @property {Float32Array} matrix to colors from 0 to 1
 * @property {number} doublings of the resolution
 * @property {import("./interpolation.js").Axis[]} axes down and across, after doublings
 * @property {Planes | null} alpha from 0 to 1, of the same places
 */

/**
 * @param {Kernels} kernels
 * @param {PaintTask} task
 * @param {Networks} networks
 * @returns {{pixels: Uint8ClampedArray<ArrayBuffer>, size: Size}} RGBA
 */
export function paint(kernels, task, networks) {
  const { colors, alpha } = task;
  let channels = task.channels;
  let opaque = alpha;
  for (let k = 0; k < task.doublings; k++) {
    channels = enlarged(kernels, channels, colors, networks.enlargement);
    opaque = opaque && doubled(kernels, opaque, 1);
  }
  const turned = turnColors(kernels, channels, colors, task.matrix);
  const across = (/** @type {Planes} */ planes, /** @type {number} */ count) =>
    task.axes.reduce((found, axis, k) => resample(kernels, found, count, k, axis), planes);
  const drawn = across(turned, colors);
  const veil = opaque && across(opaque, 1);
  return { pixels: toPixels(drawn, colors, veil), size: drawn.size };
}

/**
 * Colors from 0 to 1 of channels; all memory of kernels is given back.
 * @param {Kernels} kernels
 * @param {Planes} channels
 * @param {number} colors
 * @param {Float32Array} matrix
 * @returns {Planes}
 */
export function turnColors(kernels, { values, size }, colors, matrix) {
  if (colors === 1) return { values: values.map((value) => value * matrix[0]), size };
  kernels.clear();
  const count = size[0] * size[1];
  const out = kernels.allocate(4 * values.length);
  const turn = kernels.struct([
    ["u32", kernels.put(values)],
    ["u32", out],
    ...Array.from(matrix, (value) => /** @type {Field} */ (["f32", value])),
    ["i64", count],
    ["i64", count],
  ]);
  kernels.call("inr_turn_colors", turn);
  return { values: kernels.floats(out, values.length).slice(), size };
}

/**
 * Twice the resolution, interpolated.
 * @param {Kernels} kernels
 * @param {Planes} planes
 * @param {number} count
 */
function doubled(kernels, planes, count) {
  return [0, 1].reduce((found, axis) => {
    const length = found.size[axis];
    return resample(kernels, found, count, axis, { start: 0, length, count: 2 * length, first: 0 });
  }, planes);
}

/**
 * Twice the resolution, with what the filter adds (`inr-v1-grid.md`, 7).
 * @param {Kernels} kernels
 * @param {Planes} planes
 * @param {number} count
 * @param {Filter} filter
 */
function enlarged(kernels, planes, count, filter) {
  const large = doubled(kernels, planes, count);
  const [rows, columns] = planes.size;
  for (const [down, across] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    const place = (
      /** @type {number} */ channel,
      /** @type {number} */ row,
      /** @type {number} */ column,
    ) =>
      (channel * rows + (down ? rows - 1 - row : row)) * columns +
      (across ? columns - 1 - column : column);
    const seen = new Float32Array(planes.values.length);
    for (let c = 0, at = 0; c < count; c++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) seen[at++] = planes.values[place(c, i, j)];
    kernels.clear();
    const found = filtered(kernels, filter, kernels.put(seen), count, planes.size);
    const given = kernels.floats(found, seen.length);
    for (let c = 0; c < count; c++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const at = place(c, i, j);
          large.values[((c * rows + i) * 2 + down) * 2 * columns + 2 * j + across] +=
            given[at] - seen[at];
        }
  }
  return large;
}

/**
 * RGBA of planes from 0 to 1.
 * @param {Planes} drawn
 * @param {number} colors
 * @param {Planes | null} alpha
 */
export function toPixels({ values, size: [rows, columns] }, colors, alpha) {
  const count = rows * columns;
  const pixels = new Uint8ClampedArray(4 * count);
  // Rounded as the format says: halves up.
  const level = (/** @type {number} */ value) =>
    Math.floor(Math.min(Math.max(value, 0), 1) * 255 + 0.5);
  for (let k = 0; k < count; k++) {
    for (let color = 0; color < 3; color++)
      pixels[4 * k + color] = level(values[k + (colors > 1 ? color * count : 0)]);
    pixels[4 * k + 3] = alpha ? level(alpha.values[k]) : 255;
  }
  return pixels;
}
