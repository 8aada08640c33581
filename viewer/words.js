/** Streams as the words that kernels read. */

/**
 * Return the words of a stream, of which so many bytes at its end are lost: `inr-v1-grid.md`, 4.
 * @param {Uint8Array} stream
 * @param {number} lost
 * @returns {Uint32Array<ArrayBuffer>}
 */
export function wordsOf(stream, lost) {
  const known = lostBytes(lost);
  const bytes = new Uint8Array(Math.ceil((known + stream.length) / 4) * 4);
  for (let k = 0; k < stream.length; k++) bytes[known + k] = stream[stream.length - 1 - k];
  return new Uint32Array(bytes.buffer);
}

/** One word that is not known tells as much as many. @param {number} lost */
export const lostBytes = (lost) => (lost >= 4 ? (lost % 4) + 4 : lost);
