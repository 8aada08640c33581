/** How much of a view is drawn while it moves: less where frames come too slowly. */

/** Milliseconds without a change after which a view rests. */
const REST = 120;
/** Milliseconds from frame to frame above which frames come too slowly: some 40 a second. */
const SLOW = 25;
/** What is drawn of the resolution then, along both axes. */
const REDUCED = 0.5;
/** How much a frame counts in the mean of those before it. */
const WEIGHT = 0.15;

export class Pace {
  #changed = -Infinity;
  #last = 0;
  #mean = 0;
  /** Of the resolution, what is drawn. */
  share = 1;
  /** Whether the view moves. */
  moves = false;

  /**
   * The view changes.
   * @param {number} time
   */
  change(time) {
    this.#changed = time;
  }

  /**
   * A frame is drawn.
   * @param {number} time
   */
  frame(time) {
    const gap = time - this.#last;
    this.#last = time;
    const moved = this.moves;
    this.moves = time - this.#changed < REST;
    if (!this.moves) {
      this.share = 1;
      this.#mean = 0;
    } else if (moved) {
      this.#mean += (gap - this.#mean) * WEIGHT;
      if (this.#mean > SLOW) this.share = REDUCED;
    }
  }
}
