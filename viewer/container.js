/** The file as bytes: its directory and its sections (`formats/inr-v1.md`, 2). */

import { Cursor, crc32 } from "./bytes.js";
import { FormatError, UnsupportedError } from "./errors.js";

/** @typedef {{tag: string, item: number, offset: number, length: number, crc: number}} Entry */

const MAGIC = [0x89, 0x49, 0x4e, 0x52, 0x0d, 0x0a, 0x1a, 0x0a];
const MOST_DIRECTORY = 1 << 22;
const KNOWN = "SIGN NETW CROP SHAR ITEM TIDX TILE ALPH CELL PRED NAMS".split(" ");

export class Container {
  /**
   * @param {import("./source.js").Source} source
   * @param {Entry[]} entries
   */
  constructor(source, entries) {
    this.source = source;
    this.entries = entries;
  }

  /**
   * Read a file's directory.
   * @param {import("./source.js").Source} source
   * @returns {Promise<Container>}
   */
  static async open(source) {
    const start = await source.read(0, Math.min(source.size, MAGIC.length + 6));
    const cursor = new Cursor(start);
    if (start.length < MAGIC.length + 2 || MAGIC.some((byte) => byte !== cursor.u8()))
      throw new FormatError("it is no .inr file");
    const version = cursor.u8();
    if (version !== 1) throw new UnsupportedError(`format version ${version}`);
    const length = cursor.uint();
    if (length > MOST_DIRECTORY) throw new FormatError("its directory is too long");
    const head = new Cursor(await source.read(0, cursor.at + length + 4));
    const directory = head.bytes.subarray(0, cursor.at + length);
    head.take(directory.length);
    if (head.u32() !== crc32(directory)) throw new FormatError("its directory is damaged");
    const entries = readEntries(new Cursor(directory.subarray(cursor.at)), head.at);
    const last = entries[entries.length - 1];
    if (!last || last.offset + last.length !== source.size)
      throw new FormatError("it is not as long as its directory says");
    return new Container(source, entries);
  }

  /** The numbers of its signals, ascending. */
  get items() {
    const items = this.entries.filter((entry) => entry.tag === "SIGN").map((entry) => entry.item);
    return items.sort((a, b) => a - b);
  }

  /**
   * @param {string} tag
   * @param {number} item
   * @returns {Entry | undefined}
   */
  find(tag, item) {
    return this.entries.find((entry) => entry.tag === tag && entry.item === item);
  }

  /**
   * @param {string} tag
   * @param {number} item
   * @returns {Entry}
   */
  entry(tag, item) {
    const found = this.find(tag, item);
    if (!found) throw new FormatError(`section ${tag} of item ${item} is missing`);
    return found;
  }

  /**
   * Read a section and check it.
   * @param {string} tag
   * @param {number} item
   */
  async read(tag, item) {
    const { offset, length, crc } = this.entry(tag, item);
    const bytes = await this.source.read(offset, length);
    if (crc32(bytes) !== crc) throw new FormatError(`section ${tag} of item ${item} is damaged`);
    return bytes;
  }

  /**
   * Names of signals by their items, ascending; of a file of one without a name, an empty one.
   * @returns {Promise<Map<number, string>>}
   */
  async names() {
    const { items } = this;
    if (items.length === 0) throw new FormatError("section SIGN is missing");
    if (items.length === 1 && !this.find("NAMS", 0)) return new Map([[items[0], ""]]);
    const cursor = new Cursor(await this.read("NAMS", 0));
    /** @type {[number, string][]} */
    const names = [];
    while (cursor.remaining) names.push([cursor.uint(), nameOf(cursor.take(cursor.uint()))]);
    const isInOrder = names.length === items.length && names.every(([n], k) => n === items[k]);
    if (!isInOrder || new Set(names.map(([, name]) => name)).size !== names.length)
      throw new FormatError("names are not those of the file's signals");
    return new Map(names);
  }
}

/**
 * A name, which must be no path (2.1).
 * @param {Uint8Array} bytes
 */
function nameOf(bytes) {
  const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // What is no UTF-8 becomes this character.
  const isText = !name.includes("\ufffd") || isSame(new TextEncoder().encode(name), bytes);
  const isPath = /[/\\\u0000-\u001f\u007f]|^\.\.?$|^[A-Za-z]:/.test(name);
  if (!isText || isPath || bytes.length < 1 || bytes.length > 255)
    throw new FormatError("a signal has a name that is not safe to use");
  return name;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
const isSame = (a, b) => a.length === b.length && a.every((byte, k) => byte === b[k]);

/**
 * @param {Cursor} cursor
 * @param {number} offset of the first payload
 */
function readEntries(cursor, offset) {
  /** @type {Entry[]} */
  const entries = [];
  /** @type {Set<string>} */
  const places = new Set();
  while (cursor.remaining) {
    const tag = String.fromCharCode(...cursor.take(4));
    const item = cursor.uint();
    const length = cursor.uint();
    if (!/^[A-Za-z]{4}$/.test(tag)) throw new FormatError("a section has no valid tag");
    if (places.has(`${tag} ${item}`))
      throw new FormatError(`section ${tag} of item ${item} occurs twice`);
    places.add(`${tag} ${item}`);
    if (/^[A-Z]/.test(tag) && !KNOWN.includes(tag))
      throw new UnsupportedError(`section ${tag} is unknown`);
    entries.push({ tag, item, offset, length, crc: cursor.u32() });
    offset += length;
  }
  return entries;
}
