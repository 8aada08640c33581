/** Fields of `NETW`, declared once as data: by architecture, those of its grid and of its samples. */

import { FormatError, UnsupportedError } from "./errors.js";

/** @typedef {import("./bytes.js").Cursor} Cursor */

/** How a field is read. */
const UINT = (/** @type {Cursor} */ cursor) => cursor.uint();
const UINTS = (/** @type {Cursor} */ cursor) => cursor.uints(65);
const MANY_UINTS = (/** @type {Cursor} */ cursor) => cursor.uints(8192);

/** `formats/inr-v1-grid.md`, 1. */
const GRID = {
  ...{ pretrained: UINT, step: UINT, levels: UINT, block: UINT, split: UINT },
  ...{ angles: UINTS, offsets: UINTS, flags: UINT },
};
/** `formats/inr-v1-pixels.md`, 1. */
const SAMPLES = { pretrained: UINT, tileHeight: UINT, tileWidth: UINT, step: UINT, error: UINT };
const WHOLE = { magnification: UINT, numbers: MANY_UINTS };
/** `formats/inr-v1-mixed.md`, 1. */
const CELLS = { log: UINT };

/** Groups of fields by the architectures that have them, in order. */
const ARCHITECTURES = new Map([
  [8, { grid: GRID }],
  [10, { samples: SAMPLES, whole: WHOLE }],
  [11, { grid: GRID, samples: SAMPLES, cells: CELLS }],
]);
const END = 1;

/** Pretrained models that there are. */
const [GRID_MODEL, SAMPLES_MODEL] = [4, 1];
const MOST_LEVELS = 7;
const [LEAST_SIDE, MOST_SIDE, MOST_STEP] = [16, 4096, 65535];
const [LEAST_BITS, MOST_MAGNIFICATION] = [8, 64];
/** Of samples beside a grid. */
const NOT_WHOLE = { magnification: 1, numbers: [] };

/**
 * What an image is: `color` is the number of its channels.
 * @typedef {{height: number, width: number, color: number, bits: number}} Sign
 */

/**
 * @typedef {object} GridFields
 * @property {number} step
 * @property {number} levels
 * @property {number} block samples on a side
 * @property {number} split
 * @property {number[]} angles
 * @property {number[]} offsets of each level from the finest
 * @property {boolean} filtered
 * @property {boolean} sharedDeltas
 * @property {boolean} ownDeltas
 */

/**
 * @typedef {object} SampleFields
 * @property {number} tileHeight
 * @property {number} tileWidth
 * @property {number} step
 * @property {number} coded bits of a sample as it is coded
 * @property {number} magnification pixels on a side of a square that is coded as one
 * @property {Uint16Array[] | null} levels that there are of each channel; null for all
 */

/**
 * Read the fields of an image's model: of a grid, of samples, or of both, with the pixels of a cell on
 * a side.
 *
 * Throws `UnsupportedError` where there is neither.
 * @param {Cursor} cursor
 * @param {Sign} sign
 * @returns {{grid: GridFields | null, samples: SampleFields | null, cell: number}}
 */
export function readFields(cursor, sign) {
  const groups = ARCHITECTURES.get(cursor.uint());
  if (!groups) throw new UnsupportedError("its model is neither a latent grid nor samples");
  /** @type {Record<string, Record<string, any>>} */
  const found = {};
  for (const [group, fields] of Object.entries(groups)) {
    found[group] = {};
    for (const [name, read] of Object.entries(fields)) found[group][name] = read(cursor);
  }
  if (cursor.uint() !== END) throw new FormatError("its model's fields do not end");
  cursor.finish();
  const { grid, samples, whole = NOT_WHOLE, cells } = found;
  if ((grid && grid.pretrained !== GRID_MODEL) || (samples && samples.pretrained !== SAMPLES_MODEL))
    throw new UnsupportedError("its pretrained model is unknown");
  if (cells && (cells.log < 3 || cells.log > 8 || sign.color % 2 === 0))
    throw new FormatError("its cells are not valid");
  return {
    grid: grid ? checkedGrid(grid, sign.color) : null,
    samples: samples ? checkedSamples(samples, whole, sign) : null,
    cell: cells ? 1 << cells.log : 0,
  };
}

/**
 * @param {Record<string, any>} fields
 * @param {number} color
 * @returns {GridFields}
 */
function checkedGrid({ step, levels, block, split, angles, offsets, flags }, color) {
  const valid =
    step <= 1023 &&
    levels <= MOST_LEVELS &&
    split <= Math.max(0, levels - 1) &&
    block >= Math.max(5, levels - split) &&
    block <= 12 &&
    angles.length === (color < 3 ? 0 : 3) &&
    angles.every((/** @type {number} */ angle) => angle < 1024) &&
    offsets.length <= levels &&
    offsets.every((/** @type {number} */ offset) => offset <= 64) &&
    [0, 1, 3, 5, 7].includes(flags);
  if (!valid) throw new FormatError("its grid has fields that are not valid");
  const missing = new Array(MOST_LEVELS - offsets.length).fill(0);
  return {
    ...{ step, levels, block: 1 << block, split, angles, offsets: [...offsets, ...missing] },
    filtered: Boolean(flags & 1),
    sharedDeltas: Boolean(flags & 2),
    ownDeltas: Boolean(flags & 4),
  };
}

/**
 * @param {Record<string, any>} fields
 * @param {Record<string, any>} whole fields where all of an image is samples: numbers tell levels
 * @param {Sign} sign
 * @returns {SampleFields}
 */
function checkedSamples({ tileHeight, tileWidth, step, error }, whole, { color, bits }) {
  const { magnification, numbers } = whole;
  const sides = [tileHeight, tileWidth];
  const valid =
    sides.every((side) => side >= LEAST_SIDE && side <= MOST_SIDE && side % magnification === 0) &&
    magnification <= MOST_MAGNIFICATION &&
    step % 2 === 1 &&
    step < 2 ** bits &&
    error >= (step - 1) / 2 &&
    error <= MOST_STEP &&
    !(numbers.length && error);
  if (!valid) throw new FormatError("its samples have fields that are not valid");
  const levels = numbers.length ? readLevels(numbers, color, 2 ** bits - 1) : null;
  const most = Math.max(...(levels ?? []).map(({ length }) => length));
  const coded = levels ? Math.max(LEAST_BITS, Math.ceil(Math.log2(most))) : bits;
  return { tileHeight, tileWidth, step, coded, magnification, levels };
}

/**
 * The levels that there are of each channel (`formats/inr-v1-pixels.md`, 1.1).
 * @param {number[]} numbers
 * @param {number} channels
 * @param {number} peak
 */
function readLevels(numbers, channels, peak) {
  let at = 0;
  const next = () => {
    if (at === numbers.length) throw new FormatError("levels are not of all channels");
    return numbers[at++];
  };
  const found = Array.from({ length: channels }, () => {
    /** @type {number[]} */
    const levels = [];
    let level = -1;
    for (let runs = next(); runs > 0; runs--) {
      const [gap, count] = [next(), next()];
      if (!gap || !count || level + gap * count > peak)
        throw new FormatError("a run of levels is not valid");
      for (let k = 0; k < count; k++) levels.push((level += gap));
    }
    if (!levels.length) throw new FormatError("a channel has no levels");
    return Uint16Array.from(levels);
  });
  if (at < numbers.length) throw new FormatError("there are levels of more channels");
  return found;
}
