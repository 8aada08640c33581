/** Numbers from bytes (`formats/inr-v1.md`, 1). */

import { FormatError } from "./errors.js";

/** Reads numbers one after another. */
export class Cursor {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get remaining() {
    return this.bytes.length - this.at;
  }

  /**
   * @param {number} count
   * @returns {Uint8Array}
   */
  take(count) {
    if (count > this.remaining) throw new FormatError("a section is too short");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  u32() {
    const [a, b, c, d] = this.take(4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** A number in base 128, at most 5 bytes, in its shortest form. */
  uint() {
    let value = 0;
    for (let place = 0; place < 5; place++) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** (7 * place);
      if (byte < 128) {
        if (byte === 0 && place) throw new FormatError("a number is not in its shortest form");
        return value;
      }
    }
    throw new FormatError("a number has more than 5 bytes");
  }

  /** A list of numbers. @param {number} most of them */
  uints(most) {
    const count = this.uint();
    if (count > most) throw new FormatError(`a list of more than ${most} numbers`);
    return Array.from({ length: count }, () => this.uint());
  }

  finish() {
    if (this.remaining) throw new FormatError("a section is too long");
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/**
 * The CRC-32 of zlib, gzip and PNG.
 * @param {Uint8Array} bytes
 */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * The sum that ends a zlib stream.
 * @param {Uint8Array} bytes
 */
export function adler32(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/**
 * Unpack a stream of `deflate` (zlib) or `deflate-raw`, of which the length is known.
 * @param {Uint8Array} packed
 * @param {"deflate" | "deflate-raw"} kind
 * @param {number} length
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function unpack(packed, kind, length) {
  const stream = new Blob([/** @type {BlobPart} */ (packed)])
    .stream()
    .pipeThrough(new DecompressionStream(kind));
  const reader = stream.getReader();
  const out = new Uint8Array(length);
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > length) throw new FormatError("it unpacks to more than it says");
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error instanceof FormatError ? error : new FormatError("it does not unpack");
  }
  if (at !== length) throw new FormatError("it unpacks to less than it says");
  return out;
}
