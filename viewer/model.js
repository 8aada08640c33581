/** The pretrained model, as kernels take it (`formats/inr-v1-grid.md`, 2). */

import { readModel } from "./npz.js";

/** @typedef {import("./headers.js").GridHeader} Header */

const SHA256 = "c24fbedaba5a4c45caeac47b41b5a42244264f2799ba178f2242ade4d904623f";
const [ODD, HIDDEN, CONSTANTS, LOGITS, SLOPES, LEVELS] = [16, 32, 12, 4, 12, 7];
const KINDS = 24;
const OWN_OF_PASS = [0, 4, 12, 16];
const FILTER_TENSORS = 6;
const SCALES = 4;

/**
 * The tensors of a kind's network, whole numbers.
 * @typedef {Record<keyof typeof DIVISORS, number[] | Int8Array | Int32Array>} Layers
 */

/** What sums of each tensor are divided by; those that are packed by four outputs. */
const DIVISORS = {
  ...{ odd: 16, sign: 64, gate: 64, first: 16, constant: 1, second: 64, secondBias: 64 },
  ...{ third: 64, thirdBias: 64 },
};
const PACKED = ["odd", "gate", "first", "second", "third"];

/**
 * A filter's weights at no step yet: those of three layers and their biases, the first of which follows
 * from the step.
 * @typedef {Float32Array[]} Tensors
 */

/**
 * A filter as the kernel takes it: `filters.h`.
 * @typedef {Float32Array[]} Filter
 */

/**
 * All that tasks need to know of the networks of an image.
 * @typedef {object} Networks
 * @property {Float32Array} weights of context networks
 * @property {Float32Array} logarithm
 * @property {Float32Array} slopes
 * @property {Uint16Array} probabilities
 * @property {Int32Array} levels what networks are told of each
 * @property {Filter[]} filters of each scale from the finest; none without
 * @property {Filter} enlargement
 */

export class Pretrained {
  /**
   * @param {object} parts
   * @param {Float32Array} parts.logarithm
   * @param {Float32Array} parts.slopes
   * @param {ArrayLike<number>} parts.logistic
   * @param {Layers[]} parts.layers
   * @param {Tensors[]} parts.filters
   * @param {Tensors} parts.enlargement
   */
  constructor({ logarithm, slopes, logistic, layers, filters, enlargement }) {
    this.logarithm = logarithm;
    this.slopes = slopes;
    this.logistic = logistic;
    this.layers = layers;
    this.filters = filters;
    this.enlargement = enlargement;
  }

  /**
   * Read a model's file, and check that it is the one that the specification names.
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  static async read(bytes) {
    const arrays = await readModel(bytes, SHA256);
    return new Pretrained({
      logarithm: Float32Array.from(arrays.logarithm),
      slopes: Float32Array.from(arrays.slopes),
      logistic: arrays.logistic,
      layers: readLayers(
        /** @type {Int8Array} */ (arrays.weights),
        /** @type {Int32Array} */ (arrays.biases),
      ),
      filters: Array.from({ length: SCALES }, (_, s) => readTensors(arrays, `filter${s}`)),
      enlargement: readTensors(arrays, "enlargement"),
    });
  }

  /**
   * Return the networks of an image.
   * @param {Header} header
   * @returns {Networks}
   */
  networks({ step, offsets, filtered }) {
    const filters = filtered ? this.filters : [];
    return {
      weights: concatenated(this.layers.map(packLayers)),
      logarithm: this.logarithm,
      slopes: this.slopes,
      probabilities: probabilityTable(this.logistic),
      levels: levelInputs(step, offsets),
      filters: filters.map((tensors, scale) => filterAt(tensors, step, offsets[scale])),
      enlargement: filterAt(this.enlargement, step, offsets[0]),
    };
  }
}

/** What networks are told of a step. @param {number} step */
function stepInputs(step) {
  const d = Math.min(Math.max(Math.floor((step - 704) / 2), -128), 96);
  return [d, Math.floor((d * d) / 64), Math.abs(d)];
}

/** @param {number} step @param {number[]} offsets @returns {Int32Array} */
function levelInputs(step, offsets) {
  const rows = Array.from({ length: LEVELS }, (_, k) => {
    const [own, before] = [offsets[k], offsets[k + 1] ?? 0];
    return [own - before, ...stepInputs(step + own), roundHalfEven(8 * 2 ** (own / 64))];
  });
  return Int32Array.from(rows.flat());
}

/** @param {number} x */
function roundHalfEven(x) {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 ? floor + 1 : floor;
}

/** Probabilities of logits from -1023 to 1023. @param {ArrayLike<number>} logistic */
function probabilityTable(logistic) {
  return Uint16Array.from({ length: 2047 }, (_, k) => {
    const value = k < 1023 ? 65536 - logistic[1023 - k] : logistic[k - 1023];
    return Math.min(Math.max(value, 1), 65535);
  });
}

/** @param {Float32Array[]} parts */
function concatenated(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * @param {Int8Array} weights
 * @param {Int32Array} biases
 * @returns {Layers[]}
 */
function readLayers(weights, biases) {
  let [weight, bias] = [0, 0];
  const take = (/** @type {number} */ n) => weights.subarray((weight += n) - n, weight);
  const takeBias = (/** @type {number} */ n) => biases.subarray((bias += n) - n, bias);
  return Array.from({ length: KINDS }, (_, kind) => {
    const channel = kind >> 3;
    const diagonal = (kind >> 2) & 1;
    const values = OWN_OF_PASS[kind & 3] + 9 * (1 + channel) + SLOPES;
    const magnitudes = values + 2 + 9 * (1 + diagonal) + 2 * Number(channel > 0);
    return {
      odd: take(ODD * values),
      sign: take(ODD),
      gate: take(ODD * HIDDEN),
      first: take(HIDDEN * (magnitudes + ODD)),
      constant: take(HIDDEN * CONSTANTS),
      second: take(HIDDEN * HIDDEN),
      secondBias: takeBias(HIDDEN),
      third: take(LOGITS * HIDDEN),
      thirdBias: takeBias(LOGITS),
    };
  });
}

/** @param {Layers} layers @returns {Float32Array} */
function packLayers(layers) {
  const parts = Object.entries(DIVISORS).map(([name, divisor]) => {
    const tensor = layers[/** @type {keyof Layers} */ (name)];
    const scaled = Float32Array.from(tensor, (weight) => weight / divisor);
    const outputs = name === "third" ? LOGITS : ["odd", "gate"].includes(name) ? ODD : HIDDEN;
    return PACKED.includes(name) ? packed(scaled, outputs) : scaled;
  });
  return concatenated(parts);
}

/**
 * Pack (outputs, inputs) by four outputs, as `dense.h` has them.
 * @param {Float32Array} tensor
 * @param {number} outputs
 */
function packed(tensor, outputs) {
  const inputs = tensor.length / outputs;
  const out = new Float32Array(Math.ceil(outputs / 4) * 4 * inputs);
  for (let o = 0; o < outputs; o++)
    for (let k = 0; k < inputs; k++)
      out[(o >> 2) * 4 * inputs + 4 * k + (o & 3)] = tensor[o * inputs + k];
  return out;
}

/**
 * @param {Record<string, import("./npz.js").Numbers>} arrays
 * @param {string} name
 * @returns {Tensors}
 */
function readTensors(arrays, name) {
  const names = Array.from({ length: FILTER_TENSORS }, (_, k) => `${name}_${k}`);
  return names.map((one) => Float32Array.from(arrays[one], (weight) => weight / 1024));
}

/**
 * @param {Tensors} tensors
 * @param {number} step
 * @param {number} offset of the level that the filter follows
 * @returns {Filter}
 */
function filterAt([first, fromStep, second, bias, third, lastBias], step, offset) {
  const told = [...stepInputs(step), 64, offset].map((value) => Math.fround(value / 64));
  const toldBias = Float32Array.from({ length: bias.length }, (_, o) =>
    told.reduce((sum, value, k) => sum + fromStep[o * told.length + k] * value, 0),
  );
  const lastBiases = new Float32Array(4);
  lastBiases.set(lastBias);
  const width = bias.length;
  return [
    packed(first, width),
    toldBias,
    packed(second, width),
    bias,
    packed(third, 3),
    lastBiases,
  ];
}
