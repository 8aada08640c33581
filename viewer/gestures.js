/** Wheel, pointers and keys to changes of a view. */

/**
 * What gestures do.
 * @typedef {object} Moves
 * @property {(factor: number, left?: number, top?: number) => void} zoomBy about a point of the window
 * @property {(left: number, top: number) => void} pan
 * @property {() => void} fit
 */

const WHEEL_PER_DOUBLING = 300;
const KEY_STEP = 80;

/**
 * Let an element's gestures move a view.
 * @param {HTMLElement} element
 * @param {Moves} moves
 */
export function listen(element, moves) {
  const place = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return /** @type {[number, number]} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : 1;
      moves.zoomBy(2 ** ((-event.deltaY * lines) / WHEEL_PER_DOUBLING), ...place(event));
    },
    { passive: false },
  );
  element.addEventListener("dblclick", (event) => moves.zoomBy(2, ...place(event)));
  element.addEventListener("keydown", (event) => press(event, moves));
  listenToPointers(element, moves, place);
}

/**
 * @param {KeyboardEvent} event
 * @param {Moves} moves
 */
function press(event, moves) {
  /** @type {Record<string, () => void>} */
  const keys = {
    "+": () => moves.zoomBy(2),
    "=": () => moves.zoomBy(2),
    "-": () => moves.zoomBy(0.5),
    0: () => moves.fit(),
    ArrowLeft: () => moves.pan(KEY_STEP, 0),
    ArrowRight: () => moves.pan(-KEY_STEP, 0),
    ArrowUp: () => moves.pan(0, KEY_STEP),
    ArrowDown: () => moves.pan(0, -KEY_STEP),
  };
  const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

/**
 * One pointer pans; of two, their distance zooms.
 * @param {HTMLElement} element
 * @param {Moves} moves
 * @param {(event: PointerEvent) => [number, number]} place
 */
function listenToPointers(element, moves, place) {
  /** @type {Map<number, [number, number]>} */
  const down = new Map();
  const middle = () => {
    const points = [...down.values()];
    const sum = points.reduce((a, b) => [a[0] + b[0], a[1] + b[1]]);
    const [x, y] = sum.map((value) => value / points.length);
    const spread = points.length > 1 ? Math.hypot(points[0][0] - x, points[0][1] - y) : 0;
    return { x, y, spread };
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    const before = middle();
    down.set(event.pointerId, place(event));
    const after = middle();
    moves.pan(after.x - before.x, after.y - before.y);
    if (before.spread && after.spread) moves.zoomBy(after.spread / before.spread, after.x, after.y);
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
    element.addEventListener(end, (event) => down.delete(event.pointerId));
}
