/** Headers of an image: what it is, its model, and what of it there is. */

import { Cursor } from "./bytes.js";
import { FormatError, UnsupportedError } from "./errors.js";
import { readFields } from "./fields.js";
import { Geometry } from "./geometry.js";
import { Tiling } from "./tiling.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./fields.js").Sign} Sign */

/**
 * An image; with a grid, with samples, or with both.
 * @typedef {object} Header
 * @property {number} item
 * @property {number} height
 * @property {number} width
 * @property {number} color the number of its channels, alpha among them
 * @property {number} bits of a sample
 * @property {Box} visible what of it is seen, in pixels
 * @property {GridHeader | null} grid
 * @property {SampleHeader | null} samples
 * @property {number} cell of both: pixels of a cell on a side; else 0
 */

/**
 * What of an image is a grid (`formats/inr-v1-grid.md`, 1).
 * @typedef {object} OfGrid
 * @property {number} item
 * @property {number} height
 * @property {number} width
 * @property {number} bits of a sample
 * @property {number} colors channels on the grid: 1 or 3
 * @property {boolean} alpha
 * @property {Box} visible what of it is seen, in pixels
 * @property {Box[] | null} boxes of the blocks of each tier that there are; null for all
 * @property {Prediction | null} prediction
 *
 * @typedef {OfGrid & import("./fields.js").GridFields} GridHeader
 */

/**
 * What of an image is samples (`formats/inr-v1-pixels.md`, 1).
 * @typedef {{tiling: Tiling} & import("./fields.js").SampleFields} SampleHeader
 */

/**
 * How many items before an image the one lies that it follows, and which of its streams are changes from
 * there: a bit for each, the first in the lowest bit of a byte.
 * @typedef {{back: number, blocks: Uint8Array}} Prediction
 */

const IMAGE = 1;

/**
 * Read the headers of an item.
 *
 * Throws `UnsupportedError` where it is no image, or neither a latent grid nor samples.
 * @param {Container} container
 * @param {number} item
 * @returns {Promise<Header>}
 */
export async function readHeader(container, item) {
  const sign = readSign(new Cursor(await container.read("SIGN", item)));
  const fields = readFields(new Cursor(await container.read("NETW", item)), sign);
  const visible = { top: 0, left: 0, bottom: sign.height, right: sign.width };
  const header = joined({ item, ...sign, visible, cell: fields.cell }, fields);
  checkSections(container, header);
  const [isPart, follows] = ["CROP", "PRED"].map((tag) => container.find(tag, item));
  if (isPart && follows) throw new FormatError("a crop follows another image");
  if (isPart) return cropped(header, new Cursor(await container.read("CROP", item)));
  if (!follows || !header.grid) return header;
  const prediction = readPrediction(await container.read("PRED", item), header.grid);
  return { ...header, grid: { ...header.grid, prediction } };
}

/** @param {Cursor} cursor @returns {Sign} */
function readSign(cursor) {
  if (cursor.uint() !== IMAGE) throw new UnsupportedError("it is no image");
  const [height, width, color, bits] = [0, 1, 2, 3].map(() => cursor.uint());
  cursor.finish();
  const most = 1 << 24;
  const fits = height >= 1 && width >= 1 && height <= most && width <= most;
  if (!fits || color < 1 || color > 4 || ![8, 16].includes(bits))
    throw new FormatError("its size or color is not valid");
  return { height, width, color, bits };
}

/**
 * @param {Omit<Header, "grid" | "samples">} image
 * @param {ReturnType<typeof readFields>} fields
 * @returns {Header}
 */
function joined(image, { grid, samples }) {
  const { item, height, width, bits, color, visible } = image;
  const channels = { colors: color < 3 ? 1 : 3, alpha: color % 2 === 0 };
  const own = { item, height, width, bits, ...channels, visible, boxes: null, prediction: null };
  const { tileHeight = 0, tileWidth = 0 } = samples ?? {};
  return {
    ...image,
    grid: grid && { ...own, ...grid },
    samples: samples && { ...samples, tiling: new Tiling(image, tileHeight, tileWidth) },
  };
}

/**
 * Read what an image adds to (`inr-v1-grid.md`, 10).
 * @param {Uint8Array} payload
 * @param {GridHeader} header
 * @returns {Prediction}
 */
function readPrediction(payload, header) {
  const cursor = new Cursor(payload);
  const back = cursor.uint();
  const blocks = cursor.take(cursor.remaining);
  const { count } = new Geometry(header);
  const isFull = blocks.length === Math.ceil(count / 8);
  if (!isFull || (count % 8 && blocks[blocks.length - 1] >> (count % 8)))
    throw new FormatError("a prediction has not one bit for each block");
  if (back < 1 || back >= header.item) throw new FormatError("it follows no item of the file");
  return { back, blocks };
}

/**
 * Read which part of an image there is (`formats/inr-v1.md`, 3.5): a box of each tier of a grid, then
 * one of the tiles of samples.
 * @param {Header} header
 * @param {Cursor} cursor
 * @returns {Header}
 */
function cropped(header, cursor) {
  /** @type {Box[]} */
  const boxes = [];
  while (cursor.remaining) {
    const [top, rows, left, columns] = Array.from({ length: 4 }, () => cursor.uint());
    if (!rows || !columns) throw new FormatError("a crop of nothing");
    boxes.push({ top, left, bottom: top + rows, right: left + columns });
  }
  const [visible, ...kept] = boxes;
  const { grid, samples } = header;
  const tiers = grid ? new Geometry(grid).tiers : [];
  const count = tiers.length + Number(Boolean(samples));
  if (!visible || kept.length !== count || !isWithin(visible, header.visible))
    throw new FormatError("a crop does not lie within its image");
  tiers.forEach(({ rows, columns, side }, k) => {
    checkBox(visible, kept[k], { rows, columns, tileHeight: side, tileWidth: side });
    const [box, before] = [kept[k], kept[k - 1]];
    const parents = before && {
      ...{ top: 2 * before.top, left: 2 * before.left },
      ...{ bottom: 2 * before.bottom, right: 2 * before.right },
    };
    if (parents && !isWithin(box, parents))
      throw new FormatError("a crop has not the blocks that it needs");
  });
  const whole = { ...header, visible };
  if (grid) whole.grid = { ...grid, visible, boxes: kept.slice(0, tiers.length) };
  if (samples) {
    const { tileHeight, tileWidth, tiling } = samples;
    checkBox(visible, kept[tiers.length], tiling);
    const own = new Tiling(header, tileHeight, tileWidth, kept[tiers.length]);
    whole.samples = { ...samples, tiling: own };
  }
  return whole;
}

/** @param {Box} a @param {Box} b */
const isWithin = (a, b) =>
  a.top >= b.top && a.left >= b.left && a.bottom <= b.bottom && a.right <= b.right;

/**
 * Check that a box of tiles has those that are seen, and no others than there are.
 * @param {Box} visible
 * @param {Box} box
 * @param {{rows: number, columns: number, tileHeight: number, tileWidth: number}} tiles
 */
function checkBox(visible, box, { rows, columns, tileHeight, tileWidth }) {
  const touched = {
    top: Math.floor(visible.top / tileHeight),
    left: Math.floor(visible.left / tileWidth),
    bottom: Math.floor((visible.bottom - 1) / tileHeight) + 1,
    right: Math.floor((visible.right - 1) / tileWidth) + 1,
  };
  if (!isWithin(box, { top: 0, left: 0, bottom: rows, right: columns }) || !isWithin(touched, box))
    throw new FormatError("a crop has not the blocks that it needs");
}

/**
 * Check that an image has the critical sections that its headers call for, and no others.
 * @param {Container} container
 * @param {Header} header
 */
function checkSections(container, { item, grid, samples }) {
  const needed = ["SIGN", "NETW", "TIDX", "TILE"];
  for (const tag of samples ? ["CROP"] : ["CROP", "PRED"])
    if (container.find(tag, item)) needed.push(tag);
  if (grid && samples) needed.push("CELL");
  if (grid?.alpha) needed.push("ALPH");
  if (grid?.ownDeltas) needed.push("ITEM");
  if (grid?.sharedDeltas) container.entry("SHAR", 0);
  for (const tag of needed) container.entry(tag, item);
  const { items } = container;
  const next = items.find((other) => other > item) ?? Infinity;
  const ofFile = grid?.sharedDeltas || items.length > 1 ? ["NAMS", "SHAR"] : ["NAMS"];
  for (const entry of container.entries) {
    const isOwn = item <= entry.item && entry.item < next;
    const known = entry.item === item ? needed : entry.item ? [] : ofFile;
    if ((isOwn || !entry.item) && /^[A-Z]/.test(entry.tag) && !known.includes(entry.tag))
      throw new FormatError(`section ${entry.tag} of item ${entry.item} has no place in this file`);
  }
}
