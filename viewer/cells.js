/** The map of cells: which of an image are of samples (`formats/inr-v1-mixed.md`, 2). */

import { sizeOf } from "./geometry.js";
import { Symbols } from "./symbols.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Size} Size */

const MOST = 1 << 15;

/** The probability of a decision by how often it was made in its context. */
class Adaptive {
  /** @param {Symbols} symbols @param {number} contexts */
  constructor(symbols, contexts) {
    this.symbols = symbols;
    this.counts = Array.from({ length: contexts }, () => [0, 0]);
  }

  /** @param {number} context @returns {number} 0 or 1 */
  take(context) {
    const counts = this.counts[context];
    const [zeros, ones] = counts;
    const probability = Math.floor((65536 * (2 * ones + 1)) / (2 * (zeros + ones + 1)));
    const [made] = this.symbols.decisions(1, probability);
    counts[made]++;
    if (zeros + ones + 1 === MOST) this.counts[context] = counts.map((count) => count >> 1);
    return made;
  }
}

/**
 * Read the section of a map.
 * @param {Kernels} kernels
 * @param {{payload: Uint8Array, size: Size}} section
 * @returns {Uint8Array<ArrayBuffer>} 1 for each cell that is of samples
 */
export function readCells(kernels, { payload, size: [rows, columns] }) {
  const symbols = new Symbols(kernels, payload, 1);
  const [ofRows, ofCells] = [new Adaptive(symbols, 2), new Adaptive(symbols, 16)];
  const cells = new Uint8Array(rows * columns);
  let above = new Uint8Array(columns);
  for (let row = 0, same = 0; row < rows; row++) {
    const own = cells.subarray(row * columns, (row + 1) * columns);
    same = ofRows.take(same);
    if (same) own.set(above);
    else
      for (let k = 0; k < columns; k++) {
        const beside = (/** @type {Uint8Array} */ line, /** @type {number} */ at) => line[at] ?? 0;
        const upper = 2 * beside(above, k - 1) + 4 * above[k] + 8 * beside(above, k + 1);
        own[k] = ofCells.take(beside(own, k - 1) + upper);
      }
    above = own;
  }
  symbols.finish();
  return cells;
}

export class Cells {
  /**
   * @param {Uint8Array} ofSamples
   * @param {number} columns of cells
   * @param {number} side of a cell, in pixels
   */
  constructor(ofSamples, columns, side) {
    this.ofSamples = ofSamples;
    this.columns = columns;
    this.side = side;
  }

  /** Which pixels of a part of the image are of samples. @param {Box} box */
  over(box) {
    const [rows, columns] = sizeOf(box);
    const mask = new Uint8Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const start = row * columns;
      // All rows of a cell are alike.
      if (row && (box.top + row) % this.side) mask.copyWithin(start, start - columns, start);
      else {
        const first = Math.floor((box.top + row) / this.side) * this.columns;
        for (let column = 0; column < columns; column++)
          mask[start + column] =
            this.ofSamples[first + Math.floor((box.left + column) / this.side)];
      }
    }
    return mask;
  }
}

/**
 * The least box that has all pixels of a mask that are of a kind, or null where none is.
 * @param {Uint8Array} mask
 * @param {Size} size
 * @param {number} kind 0 or 1
 * @returns {Box | null}
 */
export function boundsOf(mask, [rows, columns], kind) {
  const box = { top: rows, left: columns, bottom: 0, right: 0 };
  for (let row = 0; row < rows; row++) {
    const line = mask.subarray(row * columns, (row + 1) * columns);
    const first = line.indexOf(kind);
    if (first < 0) continue;
    box.top = Math.min(box.top, row);
    box.bottom = row + 1;
    box.left = Math.min(box.left, first);
    box.right = Math.max(box.right, line.lastIndexOf(kind) + 1);
  }
  return box.bottom ? box : null;
}
