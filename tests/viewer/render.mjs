/**
 * Renders images by the viewer's modules, without a browser.
 *
 * Reads jobs as JSON from standard input, and writes a line of JSON for each: the size of RGBA that it
 * has written, and how much of the file it has read, or an error.
 */

import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const { viewer, model, jobs } = JSON.parse(await text(process.stdin));
const load = (name) => import(new URL(name, `file://${viewer}/`));
const [{ Kernels }, { LocalRunner }, { Pretrained }, { MemorySource, RangeSource }, { InrImage }] =
  await Promise.all(
    ["kernels", "pool", "model", "source", "image"].map((name) => load(`${name}.js`)),
  );

const bytesOf = async (path) => new Uint8Array(await readFile(path));
const kernels = await Kernels.load(await bytesOf(`${viewer}/kernels.wasm`));
const decoder = {
  runner: new LocalRunner(kernels),
  model: await Pretrained.read(await bytesOf(model)),
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
  await writeFile(out, found.pixels);
  image.close();
  return { size: found.size, width, height, read: source.fetched, requests: source.requests };
}

for (const job of jobs)
  console.log(
    JSON.stringify(
      await run(job).catch((error) => ({ error: error.constructor.name, message: error.message })),
    ),
  );
