/** What was found last, as far as there is room for it. */

/**
 * Promises by keys; of those that are kept, the ones used last.
 * @template T
 */
export class Kept {
  /** @type {Map<string, {found: Promise<T>, bytes: number}>} */
  #entries = new Map();
  #bytes = 0;

  /**
   * @param {number} most bytes
   * @param {(found: T) => number} measure its bytes
   */
  constructor(most, measure) {
    this.most = most;
    this.measure = measure;
  }

  /**
   * Return what is kept under a key, or find it.
   * @param {string} key
   * @param {() => Promise<T>} find
   * @returns {Promise<T>}
   */
  get(key, find) {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.found;
    }
    const entry = { found: find(), bytes: 0 };
    this.#entries.set(key, entry);
    entry.found.then(
      (found) => this.#grow(key, entry, this.measure(found)),
      () => this.#entries.delete(key),
    );
    return entry.found;
  }

  /** @param {string} key @param {{found: Promise<T>, bytes: number}} entry @param {number} bytes */
  #grow(key, entry, bytes) {
    if (this.#entries.get(key) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#entries) {
      if (this.#bytes <= this.most) break;
      // What is still being found has no size yet, and is waited for.
      if (oldest === key || !freed) continue;
      this.#entries.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
