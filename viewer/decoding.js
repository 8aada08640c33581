/** A block's stream to its latents (`formats/inr-v1-grid.md`, 4 and 5). */

import { lostBytes, wordsOf } from "./words.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./kernels.js").Field} Field */
/** @typedef {import("./model.js").Networks} Networks */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./planes.js").Planes<Int32Array>} Planes */

/**
 * A block to be decoded.
 * @typedef {object} BlockTask
 * @property {Uint8Array} stream
 * @property {number} lost bytes at its end
 * @property {number} channels
 * @property {number} finer levels
 * @property {Size} low of the lowest band; (0, 0) above it
 * @property {Size[]} bands of each level, the coarsest first, three sizes
 * @property {{low: Planes, parents: Planes[]} | null} coarser
 * @property {Size | null} after the size of the low band that the next tier refines
 */

/**
 * @typedef {object} Decoded
 * @property {Planes} low
 * @property {Planes[]} bands
 * @property {Planes | null} after
 */

/**
 * The structures of some planes' channels: `inr_band`.
 * @param {number} address
 * @param {Size} size
 * @param {number} channels
 * @returns {Field[][]}
 */
const bandsOf = (address, [rows, columns], channels) =>
  Array.from({ length: channels }, (_, channel) => [
    ["u32", address + 4 * channel * rows * columns],
    ["i64", columns],
    ["i32", rows],
    ["i32", columns],
  ]);

/**
 * Fields of the channels of a level's bands: by channel, then band.
 * @param {Field[][][]} bands
 * @returns {Field[]}
 */
const interleaved = (bands) =>
  bands[0].flatMap((_, channel) => bands.flatMap((one) => one[channel]));

/**
 * @param {Kernels} kernels
 * @param {BlockTask} task
 * @param {Networks} networks
 * @returns {Decoded}
 */
export function decodeBlock(kernels, task, networks) {
  const { channels } = task;
  const room = (/** @type {Size} */ [rows, columns]) =>
    kernels.zeros(4 * channels * rows * columns);
  const low = room(task.low);
  const bands = task.bands.map(room);
  const levels = bands.length / 3;
  const details = Array.from({ length: levels }, (_, level) =>
    interleaved(
      [0, 1, 2].map((k) => bandsOf(bands[3 * level + k], task.bands[3 * level + k], channels)),
    ),
  );
  const block = kernels.struct([
    ["u32", kernels.struct(bandsOf(low, task.low, channels).flat())],
    ["u32", kernels.struct(details.flat())],
    ["u32", task.coarser ? coarserOf(kernels, task.coarser, channels) : 0],
    ["i32", levels],
    ["i32", channels],
    ["i32", task.finer],
  ]);
  const model = modelOf(kernels, networks);
  const words = wordsOf(task.stream, task.lost);
  kernels.call(
    "inr_decode_block",
    kernels.put(words),
    BigInt(words.length),
    BigInt(Math.ceil(lostBytes(task.lost) / 4)),
    ...[block, model, roomOf(kernels, block), 1],
  );
  const read = (/** @type {number} */ address, /** @type {Size} */ size) => ({
    values: kernels.ints(address, channels * size[0] * size[1]).slice(),
    size,
  });
  const after =
    task.after && read(lowAfter(kernels, block, model, channels, task.after), task.after);
  return {
    low: read(low, task.low),
    bands: bands.map((band, k) => read(band, task.bands[k])),
    after,
  };
}

/**
 * @param {Kernels} kernels
 * @param {NonNullable<BlockTask["coarser"]>} coarser
 * @param {number} channels
 */
function coarserOf(kernels, { low, parents }, channels) {
  const put = (/** @type {Planes} */ { values, size }) =>
    bandsOf(kernels.put(values), size, channels);
  return kernels.struct([
    ["u32", kernels.struct(put(low).flat())],
    ["u32", kernels.struct(interleaved(parents.map(put)))],
  ]);
}

/** @param {Kernels} kernels @param {Networks} networks */
function modelOf(kernels, networks) {
  return kernels.struct([
    ["u32", kernels.put(networks.weights)],
    ["i64", networks.weights.length],
    ["u32", kernels.put(networks.logarithm)],
    ["u32", kernels.put(networks.slopes)],
    ["u32", kernels.put(networks.probabilities)],
    ["u32", kernels.put(networks.levels)],
  ]);
}

/** @param {Kernels} kernels @param {number} block */
function roomOf(kernels, block) {
  const counts = kernels.allocate(24);
  kernels.call("inr_block_room", block, counts, counts + 8, counts + 16);
  const [floats, logits, positions] = [0, 8, 16].map((at) => kernels.long(counts + at));
  return kernels.struct([
    ["u32", kernels.zeros(4 * floats)],
    ["i64", floats],
    ["u32", kernels.allocate(2 * logits)],
    ["i64", logits],
    ["u32", kernels.allocate(4 * positions)],
    ["i64", positions],
  ]);
}

/**
 * @param {Kernels} kernels
 * @param {number} block
 * @param {number} model
 * @param {number} channels
 * @param {Size} size
 */
function lowAfter(kernels, block, model, channels, [rows, columns]) {
  const out = kernels.allocate(4 * channels * rows * columns);
  const work = (rows + 1) * columns;
  const place = kernels.allocate(4 * work);
  const count = BigInt(channels * rows * columns);
  kernels.call("inr_low_band", block, model, out, count, place, BigInt(work));
  return out;
}
