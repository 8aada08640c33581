/** A grid of a file, and those that it follows, ready to be decoded. */

import { withDeltas } from "./deltas.js";
import { FormatError } from "./errors.js";
import { Geometry } from "./geometry.js";
import { readHeader } from "./headers.js";
import { Streams } from "./streams.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./headers.js").GridHeader} Header */
/** @typedef {import("./image.js").Decoder} Decoder */
/** @typedef {import("./pyramid.js").Supply} Supply */

/**
 * @template {Supply} [S=Streams]
 * @typedef {object} OpenedOver
 * @property {Header} header
 * @property {S} streams
 * @property {number} networks what workers know them by
 * @property {Opened | null} before the image that it follows
 */

/** @typedef {OpenedOver<Streams>} Opened */

/** Images that one follows, at most. */
const LONGEST = 255;

/**
 * Open a grid, and the chain of those that it follows.
 * @param {Container} container
 * @param {Header} header
 * @param {Decoder} decoder
 * @param {Streams} [streams] its own, where they are read already
 * @returns {Promise<Opened>}
 */
export async function openGrid(container, header, decoder, streams) {
  const chain = [header];
  for (let [header] = chain; header.prediction; chain.push(header)) {
    if (chain.length > LONGEST) throw new FormatError(`it follows more than ${LONGEST} others`);
    const found = await readHeader(container, header.item - header.prediction.back);
    const before = found.samples ? null : found.grid;
    if (!before || latentsOf(before) !== latentsOf(header))
      throw new FormatError("an image follows one that is not of its kind");
    header = before;
  }
  /** @type {Map<string, number>} */
  const shared = new Map();
  const share = async (/** @type {Header} */ header) => {
    const { step, offsets, filtered, sharedDeltas, ownDeltas } = header;
    const key = JSON.stringify([step, offsets, filtered, sharedDeltas, ownDeltas && header.item]);
    const known = shared.get(key);
    if (known) return known;
    const own = await adapted(container, header, await decoder.grid(), decoder.runner);
    const networks = decoder.runner.share(own.networks(header));
    shared.set(key, networks);
    return networks;
  };
  /** @type {Opened | null} */
  let opened = null;
  for (const header of chain.reverse()) {
    const own = streams ?? (await Streams.open(container, header.item, new Geometry(header).count));
    opened = { header, streams: own, networks: await share(header), before: opened };
  }
  return /** @type {Opened} */ (opened);
}

/**
 * The fields that latents depend on, as text.
 * @param {Header} header
 */
function latentsOf({ height, width, bits, colors, alpha, ...rest }) {
  const { step, levels, block, split, angles, offsets, boxes } = rest;
  return JSON.stringify([
    height,
    width,
    bits,
    colors,
    alpha,
    step,
    levels,
    block,
    split,
    angles,
    offsets,
    boxes,
  ]);
}

/**
 * The item of a place, from 1, or of a name.
 * @param {Container} container
 * @param {number | string} place
 */
export async function itemOf(container, place) {
  const names = await container.names();
  const item = Number.isInteger(Number(place))
    ? [...names.keys()][Number(place) - 1]
    : [...names].find(([, name]) => name === place)?.[0];
  if (item === undefined) throw new RangeError(`there is no signal ${place} among ${names.size}`);
  return item;
}

/**
 * The model with the deltas of a file and of an image.
 * @param {Container} container
 * @param {Header} header
 * @param {import("./model.js").Pretrained} model
 * @param {import("./pool.js").Runner} runner
 */
async function adapted(container, header, model, runner) {
  const { colors, levels, item } = header;
  if (header.sharedDeltas) {
    const payload = await container.read("SHAR", 0);
    const deltas = await runner.run("readDeltas", { payload, levels: 7, channels: 3 });
    model = withDeltas(model, deltas, 3);
  }
  if (header.ownDeltas) {
    const payload = await container.read("ITEM", item);
    const deltas = await runner.run("readDeltas", { payload, levels, channels: colors });
    model = withDeltas(model, deltas, colors);
  }
  return model;
}
