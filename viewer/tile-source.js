/** Tiles for OpenSeadragon: `tileSources: await inrTileSource(OpenSeadragon, "photo.inr")`. */

import { loadDecoder } from "./decoder.js";
import { DecodedImage } from "./tile-images.js";
import { TILE } from "./geometry.js";

/**
 * Open an image as a tile source of OpenSeadragon 5 or newer, down to its own pixels and, beyond these,
 * to 4 samples for each along both axes.
 * @param {any} OpenSeadragon the library
 * @param {string} url
 * @param {string | number} [item] of an album: a place, from 1, or a name
 */
export async function inrTileSource(OpenSeadragon, url, item = 1) {
  const image = await DecodedImage.open(url, await loadDecoder(), item);
  return tileSourceOf(OpenSeadragon, image);
}

/** Scales beyond the image's own pixels. */
const FINER = 2;

/**
 * @param {any} OpenSeadragon
 * @param {import("./tiles.js").TileImage} image
 */
export function tileSourceOf(OpenSeadragon, image) {
  const { coarsest } = image.scales;
  const source = new OpenSeadragon.TileSource({
    width: image.width * 2 ** FINER,
    height: image.height * 2 ** FINER,
    tileSize: TILE,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel: coarsest + FINER,
  });
  return Object.assign(source, {
    /** @param {number} level @param {number} x @param {number} y */
    getTileUrl: (level, x, y) => `inr:${level}/${x}/${y}`,
    /** @param {number} level @param {number} x @param {number} y */
    getTileHashKey: (level, x, y) => `inr:${level}/${x}/${y}`,
    /** @param {any} job */
    downloadTileStart(job) {
      const { level, x, y } = job.tile;
      image
        .bitmap(coarsest - level, y, x)
        .then((data) => job.finish(contextOf(/** @type {ImageData} */ (data)), null, "context2d"))
        .catch((error) => job.finish(null, null, String(error)));
    },
    downloadTileAbort() {},
  });
}

/** @param {ImageData} data */
function contextOf(data) {
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.putImageData(data, 0, 0);
  return context;
}
