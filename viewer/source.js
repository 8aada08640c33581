/** Bytes of a file, some at a time. */

import { FormatError } from "./errors.js";

/**
 * What a container reads from.
 * @typedef {object} Source
 * @property {number} size of the file in bytes
 * @property {number} fetched bytes that have been transferred so far
 * @property {(start: number, length: number) => Promise<Uint8Array>} read
 */

/**
 * A range that is waited for.
 * @typedef {object} Wanted
 * @property {number} start
 * @property {number} end
 * @property {(bytes: Uint8Array) => void} done
 * @property {(error: unknown) => void} failed
 */

/** What the first request asks for: the headers and the index of most files. */
const HEAD_BYTES = 1 << 13;
/** Ranges closer than this are one request; a request has at most so many bytes. */
const NEAR = 1 << 10;
const MOST_BYTES = 1 << 22;

/**
 * The bytes of a file that is in memory.
 * @implements {Source}
 */
export class MemorySource {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.size = this.fetched = bytes.length;
  }

  /**
   * @param {number} start
   * @param {number} length
   */
  async read(start, length) {
    return this.bytes.subarray(start, start + length);
  }
}

/**
 * The bytes of a URL by range requests; where a server does not have them, all of it at once.
 * What is asked for at one time is put together to few requests.
 * @implements {Source}
 */
export class RangeSource {
  /** @type {Wanted[]} */
  #wanted = [];
  /** @type {Uint8Array} */
  #head = new Uint8Array();
  /** @type {string | null} */
  #edition = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.size = 0;
    this.fetched = 0;
    this.requests = 0;
  }

  /**
   * @param {string} url
   * @returns {Promise<RangeSource>}
   */
  static async open(url) {
    const source = new RangeSource(url);
    const response = await source.#request(0, HEAD_BYTES);
    const range = response.headers.get("content-range")?.match(/\/(\d+)$/);
    source.#head = await source.#body(response);
    source.size = response.status === 206 && range ? Number(range[1]) : source.#head.length;
    source.#edition = response.headers.get("etag");
    return source;
  }

  /**
   * @param {number} start
   * @param {number} length
   * @returns {Promise<Uint8Array>}
   */
  read(start, length) {
    const end = start + length;
    if (end > this.size) return Promise.reject(new FormatError("the file is cut short"));
    if (end <= this.#head.length) return Promise.resolve(this.#head.subarray(start, end));
    return new Promise((done, failed) => {
      if (!this.#wanted.length) setTimeout(() => this.#flush());
      this.#wanted.push({ start, end, done, failed });
    });
  }

  /** Ask for all that is wanted. */
  #flush() {
    const wanted = this.#wanted.sort((a, b) => a.start - b.start);
    this.#wanted = [];
    while (wanted.length) {
      let count = 1;
      let end = wanted[0].end;
      for (; count < wanted.length; count++) {
        const next = wanted[count];
        if (next.start > end + NEAR || next.end - wanted[0].start > MOST_BYTES) break;
        end = Math.max(end, next.end);
      }
      this.#answer(wanted.splice(0, count), end);
    }
  }

  /**
   * @param {Wanted[]} wanted
   * @param {number} end
   */
  async #answer(wanted, end) {
    const from = Math.max(wanted[0].start, Math.min(this.#head.length, end));
    try {
      const response = await this.#request(from, end);
      if (response.status !== 206)
        throw new Error(`${this.url}: the server has no ranges any more`);
      if (response.headers.get("etag") !== this.#edition)
        throw new Error(`${this.url}: the file has changed`);
      const bytes = await this.#body(response);
      if (bytes.length !== end - from) throw new Error(`${this.url}: a range is cut short`);
      for (const one of wanted) one.done(this.#part(one.start, one.end, from, bytes));
    } catch (error) {
      for (const one of wanted) one.failed(error);
    }
  }

  /**
   * @param {number} start
   * @param {number} end
   * @param {number} from
   * @param {Uint8Array} bytes
   */
  #part(start, end, from, bytes) {
    if (start >= from) return bytes.subarray(start - from, end - from);
    const joined = new Uint8Array(end - start);
    joined.set(this.#head.subarray(start, from));
    joined.set(bytes.subarray(0, end - from), from - start);
    return joined;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  async #request(start, end) {
    this.requests++;
    const response = await fetch(this.url, { headers: { Range: `bytes=${start}-${end - 1}` } });
    if (!response.ok) throw new Error(`${this.url}: ${response.status} ${response.statusText}`);
    return response;
  }

  /** @param {Response} response */
  async #body(response) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    this.fetched += bytes.length;
    return bytes;
  }
}
