/** Headers of an image that is a latent grid, and the index of its streams. */

import { Cursor, crc32 } from "./bytes.js";
import { FormatError, UnsupportedError } from "./errors.js";
import { Geometry } from "./geometry.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./geometry.js").Box} Box */

/**
 * What an image is, and the fields of its grid (`formats/inr-v1-grid.md`, 1).
 * @typedef {object} Header
 * @property {number} item
 * @property {number} height
 * @property {number} width
 * @property {number} colors channels on the grid: 1 or 3
 * @property {boolean} alpha
 * @property {number} bits of a sample
 * @property {number} step
 * @property {number} levels
 * @property {number} block samples on a side
 * @property {number} split
 * @property {number[]} angles
 * @property {number[]} offsets of each level from the finest
 * @property {boolean} filtered
 * @property {boolean} sharedDeltas
 * @property {boolean} ownDeltas
 * @property {Box} visible what of it is seen, in pixels
 * @property {Box[] | null} boxes of the blocks of each tier that there are; null for all
 * @property {Prediction | null} prediction
 */

/**
 * How many items before an image the one lies that it follows, and which of its streams are changes from
 * there: a bit for each, the first in the lowest bit of a byte.
 * @typedef {{back: number, blocks: Uint8Array}} Prediction
 */

export const PRETRAINED = 4;
const IMAGE = 1;
const GRID = 8;
const PIXELS = 10;
const MOST_LEVELS = 7;

/**
 * Read the headers of an item.
 *
 * Throws `UnsupportedError` where it is not an image on a latent grid.
 * @param {Container} container
 * @param {number} item
 * @returns {Promise<Header>}
 */
export async function readHeader(container, item) {
  const sign = new Cursor(await container.read("SIGN", item));
  if (sign.uint() !== IMAGE) throw new UnsupportedError("it is no image");
  const [height, width, color, bits] = [sign.uint(), sign.uint(), sign.uint(), sign.uint()];
  sign.finish();
  const most = 1 << 24;
  const fits = height >= 1 && width >= 1 && height <= most && width <= most;
  if (!fits || color < 1 || color > 4 || ![8, 16].includes(bits))
    throw new FormatError("its size or color is not valid");
  const netw = new Cursor(await container.read("NETW", item));
  const model = netw.uint();
  if (model === PIXELS) throw new UnsupportedError("model pixels is not shown in the browser yet");
  if (model !== GRID) throw new UnsupportedError("its model is no latent grid");
  if (netw.uint() !== PRETRAINED) throw new UnsupportedError("its pretrained model is unknown");
  const visible = { top: 0, left: 0, bottom: height, right: width };
  const whole = { item, height, width, bits, ...colorsOf(color), ...readGrid(netw, color) };
  const header = { ...whole, visible, boxes: null, prediction: null };
  checkSections(container, header);
  const [isPart, follows] = ["CROP", "PRED"].map((tag) => container.find(tag, item));
  if (isPart && follows) throw new FormatError("a crop follows another image");
  if (isPart)
    return { ...header, ...readCrop(new Cursor(await container.read("CROP", item)), header) };
  if (!follows) return header;
  return { ...header, prediction: readPrediction(await container.read("PRED", item), header) };
}

/**
 * Read what an image adds to (`inr-v1-grid.md`, 10).
 * @param {Uint8Array} payload
 * @param {Header} header
 * @returns {Prediction}
 */
function readPrediction(payload, header) {
  const cursor = new Cursor(payload);
  const back = cursor.uint();
  const blocks = cursor.take(cursor.remaining);
  const { count } = new Geometry(header);
  const isFull = blocks.length === Math.ceil(count / 8);
  if (!isFull || (count % 8 && blocks[blocks.length - 1] >> (count % 8)))
    throw new FormatError("a prediction has not one bit for each block");
  if (back < 1 || back >= header.item) throw new FormatError("it follows no item of the file");
  return { back, blocks };
}

/**
 * Read which part of an image there is (`formats/inr-v1.md`, 3.5).
 * @param {Cursor} cursor
 * @param {Header} header
 * @returns {{visible: Box, boxes: Box[]}}
 */
function readCrop(cursor, header) {
  /** @type {Box[]} */
  const boxes = [];
  while (cursor.remaining) {
    const [top, rows, left, columns] = Array.from({ length: 4 }, () => cursor.uint());
    if (!rows || !columns) throw new FormatError("a crop of nothing");
    boxes.push({ top, left, bottom: top + rows, right: left + columns });
  }
  const [visible, ...kept] = boxes;
  const { tiers } = new Geometry(header);
  const isWithin = (/** @type {Box} */ a, /** @type {Box} */ b) =>
    a.top >= b.top && a.left >= b.left && a.bottom <= b.bottom && a.right <= b.right;
  if (!visible || kept.length !== tiers.length || !isWithin(visible, header.visible))
    throw new FormatError("a crop does not lie within its image");
  for (const [k, { rows, columns, side }] of tiers.entries()) {
    const [box, before] = [kept[k], kept[k - 1]];
    const first = (/** @type {number} */ at) => Math.floor(at / side);
    const touched = {
      ...{ top: first(visible.top), left: first(visible.left) },
      ...{ bottom: first(visible.bottom - 1) + 1, right: first(visible.right - 1) + 1 },
    };
    const parents = before && {
      ...{ top: 2 * before.top, left: 2 * before.left },
      ...{ bottom: 2 * before.bottom, right: 2 * before.right },
    };
    const whole = { top: 0, left: 0, bottom: rows, right: columns };
    if (!isWithin(box, whole) || !isWithin(touched, box) || (parents && !isWithin(box, parents)))
      throw new FormatError("a crop has not the blocks that it needs");
  }
  return { visible, boxes: kept };
}

/**
 * Check that an image has the critical sections that its headers call for, and no others.
 * @param {Container} container
 * @param {Header} header
 */
function checkSections(container, { item, alpha, sharedDeltas, ownDeltas }) {
  const needed = ["SIGN", "NETW", "TIDX", "TILE"];
  for (const tag of ["CROP", "PRED"]) if (container.find(tag, item)) needed.push(tag);
  if (alpha) needed.push("ALPH");
  if (ownDeltas) needed.push("ITEM");
  if (sharedDeltas) container.entry("SHAR", 0);
  for (const tag of needed) container.entry(tag, item);
  const { items } = container;
  const next = items.find((other) => other > item) ?? Infinity;
  const ofFile = sharedDeltas || items.length > 1 ? ["NAMS", "SHAR"] : ["NAMS"];
  for (const entry of container.entries) {
    const isOwn = item <= entry.item && entry.item < next;
    const known = entry.item === item ? needed : entry.item ? [] : ofFile;
    if ((isOwn || !entry.item) && /^[A-Z]/.test(entry.tag) && !known.includes(entry.tag))
      throw new FormatError(`section ${entry.tag} of item ${entry.item} has no place in this file`);
  }
}

/** @param {number} color */
function colorsOf(color) {
  return { colors: color < 3 ? 1 : 3, alpha: color % 2 === 0 };
}

/**
 * @param {Cursor} netw
 * @param {number} color
 */
function readGrid(netw, color) {
  const [step, levels, log, split] = [netw.uint(), netw.uint(), netw.uint(), netw.uint()];
  const [angles, offsets, flags, end] = [netw.uints(), netw.uints(), netw.uint(), netw.uint()];
  netw.finish();
  const valid =
    step <= 1023 &&
    levels <= MOST_LEVELS &&
    split <= Math.max(0, levels - 1) &&
    log >= Math.max(5, levels - split) &&
    log <= 12 &&
    angles.length === (color < 3 ? 0 : 3) &&
    angles.every((angle) => angle < 1024) &&
    offsets.length <= levels &&
    offsets.every((offset) => offset <= 64) &&
    [0, 1, 3, 5, 7].includes(flags) &&
    end === 1;
  if (!valid) throw new FormatError("its grid has fields that are not valid");
  while (offsets.length < MOST_LEVELS) offsets.push(0);
  return {
    ...{ step, levels, block: 1 << log, split, angles, offsets },
    filtered: Boolean(flags & 1),
    sharedDeltas: Boolean(flags & 2),
    ownDeltas: Boolean(flags & 4),
  };
}

/** The streams of an item's blocks (`formats/inr-v1.md`, 4.2). */
export class Streams {
  /** Beginnings that are known already. @type {Map<number, Uint8Array>} */
  #heads = new Map();

  /**
   * @param {Container} container
   * @param {number} item
   * @param {Float64Array} offsets of each stream in the file; one more for the end
   * @param {Uint32Array} crcs
   */
  constructor(container, item, offsets, crcs) {
    this.container = container;
    this.item = item;
    this.offsets = offsets;
    this.crcs = crcs;
  }

  /**
   * @param {Container} container
   * @param {number} item
   * @param {number} count of streams
   */
  static async open(container, item, count) {
    const tile = container.entry("TILE", item);
    const cursor = new Cursor(await container.read("TIDX", item));
    const [least, width] = [cursor.uint(), cursor.u8()];
    if (![0, 1, 2, 4].includes(width) || (width + 4) * count !== cursor.remaining)
      throw new FormatError("the index has not one entry for each block");
    const offsets = new Float64Array(count + 1).fill(tile.offset);
    for (let k = 0; k < count; k++) {
      const excess = cursor.take(width).reduceRight((sum, byte) => sum * 256 + byte, 0);
      offsets[k + 1] = offsets[k] + least + excess;
    }
    if (offsets[count] !== tile.offset + tile.length)
      throw new FormatError("the index does not add up to the streams");
    const crcs = Uint32Array.from({ length: count }, () => cursor.u32());
    return new Streams(container, item, offsets, crcs);
  }

  /** @param {number} number */
  length(number) {
    return this.offsets[number + 1] - this.offsets[number];
  }

  /**
   * Read a stream and check it.
   * @param {number} number
   * @returns {Promise<{bytes: Uint8Array, lost: number}>}
   */
  async get(number) {
    const bytes = await this.#read(number, this.length(number));
    this.#heads.delete(number);
    if (crc32(bytes) !== this.crcs[number]) throw new FormatError(`block ${number} is damaged`);
    if (bytes[0] === 0) throw new FormatError(`block ${number}'s stream is padded`);
    return { bytes, lost: 0 };
  }

  /**
   * Read a part of a stream from its start, which is kept until all of it is read.
   * @param {number} number
   * @param {number} share of it, 0 to 1
   */
  async head(number, share) {
    const length = Math.min(this.length(number), Math.ceil(this.length(number) * share));
    const bytes = await this.#read(number, length);
    if (length < this.length(number)) this.#heads.set(number, bytes);
    return { bytes, lost: this.length(number) - length };
  }

  /**
   * @param {number} number
   * @param {number} length
   */
  async #read(number, length) {
    const known = this.#heads.get(number) ?? new Uint8Array();
    const missing = length - known.length;
    if (missing <= 0) return known.subarray(0, length);
    const start = this.offsets[number] + known.length;
    const rest = await this.container.source.read(start, missing);
    if (!known.length) return rest;
    const bytes = new Uint8Array(length);
    bytes.set(known);
    bytes.set(rest, known.length);
    return bytes;
  }
}
