/** A stack of symbols (`formats/inr-v1.md`, 5.2), read by the kernels. */

import { FormatError } from "./errors.js";
import { wordsOf } from "./words.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */

/** Takes symbols off a stream. */
export class Symbols {
  /**
   * @param {Kernels} kernels
   * @param {Uint8Array} bytes
   * @param {number} most symbols that are asked for at a time
   */
  constructor(kernels, bytes, most) {
    if (bytes[0] === 0) throw new FormatError("a stream of decisions is padded");
    const words = wordsOf(bytes, 0);
    let count = words.length;
    while (count && !words[count - 1]) count--;
    const [low, high] = count > 1 ? [words[count - 2], words[count - 1]] : [words[0] ?? 0, 0];
    this.kernels = kernels;
    this.stack = kernels.struct([
      ["u32", low],
      ["u32", high],
      ["u32", kernels.put(words)],
      ["i64", Math.max(0, count - 2)],
      ["i64", words.length],
    ]);
    this.out = kernels.allocate(4 * most);
    this.probabilities = kernels.allocate(4 * most);
  }

  /** @param {number} count @param {number} bits */
  plain(count, bits) {
    if (!count || !bits) return new Int32Array(count);
    this.kernels.call("inr_stack_pop_plain", this.stack, bits, this.out, BigInt(count));
    return this.kernels.ints(this.out, count).slice();
  }

  /** @param {number} count @param {number} probability of each */
  decisions(count, probability) {
    if (!count) return new Int32Array();
    this.kernels.ints(this.probabilities, count).fill(probability);
    const name = "inr_stack_pop_decisions";
    this.kernels.call(name, this.stack, this.probabilities, this.out, BigInt(count));
    return this.kernels.ints(this.out, count).slice();
  }

  /** Check that nothing is left. */
  finish() {
    if (this.kernels.long(this.stack) || this.kernels.long(this.stack + 16))
      throw new FormatError("a stream of decisions is followed by something");
  }
}
