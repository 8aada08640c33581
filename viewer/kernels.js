/**
 * The C kernels in WebAssembly: their modules, and what they are handed.
 *
 * A kernel takes addresses of arrays and structures in the module's memory, and allocates nothing. All
 * memory is handed out here, one piece after another, and given back at once before the next task.
 */

import { FormatError } from "./errors.js";

/** Modules: what most tasks call, and what decodes samples. @typedef {"kernels" | "samples"} Module */

/** What kernels return: `latents.h`. */
const MALFORMED = 1;
export const CUT = 4;

const PAGE = 1 << 16;
const MOST_PAGES = 1 << 14;

/**
 * A field of a structure: an address or u32, an i32, an f32, or a whole number of 64 bits.
 * @typedef {["u32" | "i32" | "f32" | "i64", number]} Field
 */

/**
 * @typedef {Float32Array | Int32Array | Uint32Array | Uint16Array | Int16Array | Uint8Array | Int8Array} Values
 */

/** Modules, each loaded when a task first needs it. */
export class Modules {
  /** @type {Map<Module, Promise<Kernels>>} */
  #loaded = new Map();

  /** @param {(name: Module) => Promise<BufferSource>} read the bytes of one */
  constructor(read) {
    this.read = read;
  }

  /** @param {Module} name */
  get(name) {
    const known = this.#loaded.get(name);
    if (known) return known;
    const loaded = this.read(name).then((bytes) => Kernels.load(bytes));
    this.#loaded.set(name, loaded);
    // What fails, for want of a connection, is tried again.
    loaded.catch(() => this.#loaded.delete(name));
    return loaded;
  }
}

export class Kernels {
  /** @type {WebAssembly.Memory} */
  #memory;
  #base;
  #next;

  /** @param {WebAssembly.Instance} instance */
  constructor(instance) {
    this.functions = /** @type {Record<string, Function>} */ (instance.exports);
    this.#memory = /** @type {WebAssembly.Memory} */ (instance.exports.memory);
    this.#base = /** @type {WebAssembly.Global} */ (instance.exports.__heap_base).value;
    this.#next = this.#base;
  }

  /** @param {BufferSource} bytes of the module */
  static async load(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Kernels(instance);
  }

  /** Give all memory back. */
  clear() {
    this.#next = this.#base;
  }

  /**
   * Hand out memory, of which nothing is known.
   * @param {number} bytes
   * @returns {number} its address
   */
  allocate(bytes) {
    const address = (this.#next + 15) & ~15;
    const end = address + bytes;
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE);
    if (end > MOST_PAGES * PAGE) throw new RangeError("a task needs more memory than there is");
    if (missing > 0) this.#memory.grow(missing);
    this.#next = end;
    return address;
  }

  /** @param {number} bytes @returns {number} the address of so many zeros */
  zeros(bytes) {
    const address = this.allocate(bytes);
    new Uint8Array(this.#memory.buffer, address, bytes).fill(0);
    return address;
  }

  /** @param {Values} values @returns {number} the address of a copy */
  put(values) {
    const address = this.allocate(values.byteLength);
    const { buffer, byteOffset, byteLength } = values;
    new Uint8Array(this.#memory.buffer, address).set(
      new Uint8Array(buffer, byteOffset, byteLength),
    );
    return address;
  }

  /**
   * Lay a structure out as C does: each field at a multiple of its size.
   * @param {Field[]} fields
   * @returns {number} its address
   */
  struct(fields) {
    const address = this.allocate(8 * fields.length + 8);
    const view = new DataView(this.#memory.buffer, address);
    let at = 0;
    for (const [kind, value] of fields) {
      const size = kind === "i64" ? 8 : 4;
      at = Math.ceil(at / size) * size;
      if (kind === "i64") view.setBigInt64(at, BigInt(value), true);
      else if (kind === "f32") view.setFloat32(at, value, true);
      else if (kind === "i32") view.setInt32(at, value, true);
      else view.setUint32(at, value, true);
      at += size;
    }
    return address;
  }

  /** @param {number} address @param {number} count */
  floats(address, count) {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** @param {number} address @param {number} count */
  ints(address, count) {
    return new Int32Array(this.#memory.buffer, address, count);
  }

  /** @param {number} address @param {number} count */
  words(address, count) {
    return new Uint16Array(this.#memory.buffer, address, count);
  }

  /** Read a whole number of 64 bits. @param {number} address */
  long(address) {
    return Number(new DataView(this.#memory.buffer).getBigInt64(address, true));
  }

  /**
   * Call a kernel.
   * @param {string} name
   * @param {(number | bigint)[]} values
   * @returns {number} 0, or `CUT`
   */
  call(name, ...values) {
    const error = this.functions[name](...values);
    if (error === MALFORMED)
      throw new FormatError("a number is out of range, or a stream is not used up");
    if (error && error !== CUT)
      throw new RangeError(`kernel ${name} refuses its arguments (${error})`);
    return error;
  }
}
