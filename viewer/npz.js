/** Arrays of a zip archive of NumPy's. */

import { unpack } from "./bytes.js";
import { FormatError } from "./errors.js";

/** @typedef {Float32Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array} Numbers */

/** @type {Record<string, new (buffer: ArrayBuffer) => Numbers>} */
const KINDS = {
  ...{ "|i1": Int8Array, "|u1": Uint8Array, "<i2": Int16Array, "<u2": Uint16Array },
  ...{ "<i4": Int32Array, "<f4": Float32Array },
};
const [END, ENTRY] = [0x06054b50, 0x02014b50];
const END_BYTES = 22;
const DEFLATED = 8;

/**
 * Read all arrays of a pretrained model's file, which is the one that the specification names.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} sha256
 */
export async function readModel(bytes, sha256) {
  if (!globalThis.crypto?.subtle)
    throw new Error("the model cannot be checked: the page needs https, or a loopback address");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) throw new FormatError("the pretrained model's SHA-256 is another");
  return readNpz(bytes);
}

/**
 * Read all arrays by their names, flat.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Record<string, Numbers>>}
 */
async function readNpz(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - END_BYTES;
  if (end < 0 || view.getUint32(end, true) !== END) throw new FormatError("it is no zip archive");
  /** @type {Record<string, Numbers>} */
  const arrays = {};
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY) throw new FormatError("its zip directory is damaged");
    const packed = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const part = bytes.subarray(start, start + packed);
    const isPacked = view.getUint16(at + 10, true) === DEFLATED;
    const data = isPacked
      ? await unpack(part, "deflate-raw", view.getUint32(at + 24, true))
      : part.slice();
    arrays[name.replace(/\.npy$/, "")] = readNpy(data);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return arrays;
}

/** @param {Uint8Array<ArrayBuffer>} data @returns {Numbers} */
function readNpy(data) {
  const length = data[8] | (data[9] << 8);
  const header = new TextDecoder().decode(data.subarray(10, 10 + length));
  const kind = KINDS[/'descr': '([^']*)'/.exec(header)?.[1] ?? ""];
  if (!kind || !header.includes("'fortran_order': False"))
    throw new FormatError("an array is of a kind that is not read here");
  return new kind(data.buffer.slice(data.byteOffset + 10 + length, data.byteOffset + data.length));
}
