/** Streams of a file, found and checked by their index. */

import { Cursor, crc32 } from "./bytes.js";
import { FormatError } from "./errors.js";

/** @typedef {import("./container.js").Container} Container */

/** The streams of an item's blocks, or tiles (`formats/inr-v1.md`, 4.2). */
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
      throw new FormatError("the index has not one entry for each stream");
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
    if (crc32(bytes) !== this.crcs[number]) throw new FormatError(`stream ${number} is damaged`);
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
