/** Weight deltas: what a file's networks differ by from the pretrained ones (`inr-v1-grid.md`, 9). */

import { FormatError } from "./errors.js";
import { Pretrained } from "./model.js";
import { Symbols } from "./symbols.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */

const EVEN = 1 << 15;
const UNARY = 16;
const MOST_WIDTH = 26;
const [TAPS, HIDDEN, LOGITS, KINDS_OF_CHANNEL, SCALES] = [216, 32, 4, 8, 4];

/** @param {Symbols} symbols @param {number} count */
function readRow(symbols, count) {
  const row = new Int32Array(count);
  if (!symbols.plain(1, 1)[0]) return row;
  const [some, more] = symbols.plain(2, 4).map((rate) => 4096 * rate + 2048);
  const is = symbols.decisions(count, some);
  const kept = [...row.keys()].filter((k) => is[k]);
  const signs = symbols.decisions(kept.length, EVEN);
  for (const k of kept) row[k] = 1;
  let going = kept;
  for (let size = 1; size < UNARY + 3 && going.length; size++) {
    const larger = symbols.decisions(going.length, more);
    going = going.filter((_, k) => larger[k]);
    for (const k of going) row[k]++;
  }
  for (const k of going) row[k] += readWide(symbols) - 1;
  kept.forEach((k, place) => (row[k] *= 2 * signs[place] - 1));
  return row;
}

/** @param {Symbols} symbols */
function readWide(symbols) {
  const width = symbols.plain(1, 5)[0];
  if (width > MOST_WIDTH) throw new FormatError("a weight delta is out of range");
  const upper = symbols.plain(1, Math.max(0, width - 16))[0];
  return 2 ** width + upper * 65536 + symbols.plain(1, Math.min(width, 16))[0];
}

/**
 * Read the deltas of a `SHAR` or `ITEM` section.
 * @param {Kernels} kernels
 * @param {{payload: Uint8Array, levels: number, channels: number}} section
 * @returns {{filters: Int32Array[], contexts: Int32Array[]}} rows of each scale and channel, and of
 *   each kind of pass and logit
 */
export function readDeltas(kernels, { payload, levels, channels }) {
  const symbols = new Symbols(kernels, payload, TAPS + 1);
  const rows = (/** @type {number} */ count, /** @type {number} */ length) =>
    Array.from({ length: count }, () => readRow(symbols, length));
  const filters = rows(Math.min(levels, SCALES) * channels, TAPS + 1);
  const contexts = rows(KINDS_OF_CHANNEL * channels * LOGITS, HIDDEN + 1);
  symbols.finish();
  return { filters, contexts };
}

/**
 * Add deltas to a model.
 * @param {Pretrained} model
 * @param {ReturnType<typeof readDeltas>} deltas
 * @param {number} channels
 * @returns {Pretrained}
 */
export function withDeltas(model, deltas, channels) {
  const filters = model.filters.map((tensors) => tensors.map((tensor) => tensor.slice()));
  deltas.filters.forEach((row, number) => {
    const [scale, channel] = [Math.floor(number / channels), number % channels];
    const [, , , , last, bias] = filters[scale];
    for (let k = 0; k < TAPS; k++) last[channel * TAPS + k] += row[k] / 64;
    bias[channel] += row[TAPS] / 64;
  });
  const layers = model.layers.map((one) => ({
    ...one,
    third: Array.from(one.third),
    thirdBias: Array.from(one.thirdBias),
  }));
  deltas.contexts.forEach((row, number) => {
    const { third, thirdBias } = layers[Math.floor(number / LOGITS)];
    const logit = number % LOGITS;
    for (let k = 0; k < HIDDEN; k++) third[logit * HIDDEN + k] += 4 * row[k];
    thirdBias[logit] += 256 * row[HIDDEN];
  });
  for (const { third, thirdBias } of layers)
    if (third.some((w) => Math.abs(w) > 127) || thirdBias.some((b) => Math.abs(b) > 1 << 22))
      throw new FormatError("an adapted weight is out of range");
  return new Pretrained({ ...model, filters, layers });
}
