/** The picture of what the form says: rendered a moment after the last change, stale requests cancelled. */

import { fetchImage, render } from "./api.js";

const DEBOUNCE = 160; // milliseconds
const LONGEST_WAIT = 30; // seconds before a busy server is asked again

/**
 * Renders the newest of the bodies it is given.
 *
 * Each change is rendered once: the API renders and stores, then the signed URL is fetched as everybody fetches it and
 * answers from the store. Events: `busy`, `done` (detail: answer, timings, headers, blob), `failed` (detail: Problem).
 */
export class Preview extends EventTarget {
  #abort = new AbortController();
  #timer = 0;
  #key = "";

  constructor(name) {
    super();
    this.name = name;
  }

  /** Show this body soon, unless it is what is shown already. `state` is what else the picture depends on. */
  show(body, state, delay = DEBOUNCE) {
    const key = JSON.stringify([body, state]);
    if (key === this.#key) return;
    this.cancel();
    this.#key = key;
    this.#later(body, delay);
  }

  /** Forget what is going on; the next `show` renders. */
  cancel() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#key = "";
  }

  #later(body, delay) {
    this.#abort = new AbortController();
    this.#timer = setTimeout(() => this.#run(body, this.#abort.signal), delay);
  }

  async #run(body, signal) {
    this.#tell("busy");
    try {
      const { answer, timings } = await render(this.name, body, signal);
      const { blob, headers } = await fetchImage(answer.url, signal);
      if (!signal.aborted) this.#tell("done", { answer, timings, headers, blob });
    } catch (problem) {
      if (signal.aborted) return;
      this.#tell("failed", problem);
      // A server that does not answer, or has no room now, may do better soon; other problems stay.
      const wait = problem.status === 0 ? 2 : problem.retryAfter;
      if (wait) this.#later(body, Math.min(wait, LONGEST_WAIT) * 1000);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
