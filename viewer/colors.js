/** Colors of a grid's channels (`formats/inr-v1-grid.md`, 7). */

/** @typedef {Pick<import("./fields.js").GridFields, "angles" | "step">} Fields */

/** What turns channels in units of the step to colors from 0 to 1. @param {Fields} fields */
export function colorMatrix({ angles, step }) {
  const size = 2 ** (step / 64 - 6) / 255;
  if (!angles.length) return Float32Array.of(size);
  const [[a, b], [c, d], [e, f]] = angles.map((angle) => {
    const turn = (2 * Math.PI * angle) / 1024;
    return [Math.cos(turn), Math.sin(turn)];
  });
  const rz = [
    [a, -b, 0],
    [b, a, 0],
    [0, 0, 1],
  ];
  const ry = [
    [c, 0, d],
    [0, 1, 0],
    [-d, 0, c],
  ];
  const rx = [
    [1, 0, 0],
    [0, e, -f],
    [0, f, e],
  ];
  const times = (/** @type {number[][]} */ p, /** @type {number[][]} */ q) =>
    p.map((row) => [0, 1, 2].map((k) => row.reduce((sum, value, i) => sum + value * q[i][k], 0)));
  const rotation = times(times(rz, ry), rx);
  return Float32Array.from(
    [0, 1, 2].flatMap((o) => [0, 1, 2].map((k) => Math.sqrt(3) * rotation[k][o] * size)),
  );
}
