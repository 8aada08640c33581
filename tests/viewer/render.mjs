/**
 * Renders images by the viewer's modules, without a browser.
 *
 * Reads jobs as JSON from standard input, and writes a line of JSON for each: the size of RGBA that it
 * has written, and how much of the file it has read, or an error.
 */

import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const { viewer, models, jobs } = JSON.parse(await text(process.stdin));
const load = (name) => import(new URL(`${name}.js`, `file://${viewer}/`));
const { Modules } = await load("kernels");
const { LocalRunner } = await load("pool");
const { Pretrained } = await load("model");
const { readScanModel } = await load("scan-model");
const { MemorySource, RangeSource } = await load("source");
const { InrImage } = await load("image");

const bytesOf = async (path) => new Uint8Array(await readFile(path));
// What a file needs of modules and models is read for it.
const loaded = new Set();
const read = (path) => {
  loaded.add(path.split("/").at(-1));
  return bytesOf(path);
};
const decoder = {
  runner: new LocalRunner(new Modules((name) => read(`${viewer}/${name}.wasm`))),
  grid: async () => Pretrained.read(await read(models.grid)),
  samples: async () => readScanModel(await read(models.samples)),
};

async function run({ file, item, region, size, tile, preview, out }) {
  const source = file.startsWith("http:")
    ? await RangeSource.open(file)
    : new MemorySource(await bytesOf(file));
  const image = await InrImage.open(source, decoder, item ?? 1);
  const { width, height } = image;
  const [x, y, w, h] = region ?? [0, 0, width, height];
  const found = preview
    ? await image.preview()
    : tile
      ? await image.tile(...tile)
      : await image.render({ x, y, width: w, height: h }, size ?? [h, w]);
  if (found) await writeFile(out, found.pixels);
  image.close();
  const { scales } = image;
  const { fetched, requests } = source;
  const told = { width, height, scales, read: fetched, requests, loaded: [...loaded] };
  return { ...told, size: found && found.size };
}

for (const job of jobs)
  console.log(
    JSON.stringify(
      await run(job).catch((error) => ({ error: error.constructor.name, message: error.message })),
    ),
  );
