/** What becomes of a batch, as it happens: Server-Sent Events, read with fetch because EventSource sends no key. */

import { getBatch, openEvents } from "./batch_api.js";
import { isAwaitingData } from "./batch_wording.js";

const AGAIN = 2000; // milliseconds before the next attempt, unless the stream says otherwise
const LONGEST_SILENCE = 40_000; // milliseconds; a server that is there says something every 15 s
const FIRST_WORD = 5000; // milliseconds; the batch as it is now comes at once, unless a proxy holds it back
const POLLS = 15; // looks before a stream is tried again
const REPEATS = 15_000; // milliseconds between looks at a batch that will run again by itself

/**
 * Events: `job` (detail: the batch), `gone` (it was deleted), `online`, `offline`.
 *
 * Streams where it can, from the last event that was seen on; polls where a proxy keeps streams back. Rests while the
 * page is hidden, so that many tabs don't use up the connections that a browser opens to one server.
 */
export class BatchWatch extends EventTarget {
  #abort = null;
  #last = "";
  #polls = 0; // looks that are left
  #again = AGAIN;
  #visible = () => (document.hidden ? this.#abort?.abort() : this.start());

  constructor(id) {
    super();
    this.id = id;
    document.addEventListener("visibilitychange", this.#visible);
  }

  /** Begin, or begin again, e.g. after something was asked of the batch. */
  start() {
    this.#abort?.abort();
    this.#abort = new AbortController();
    if (!document.hidden) this.#run(this.#abort.signal);
  }

  /** End for good. */
  close() {
    document.removeEventListener("visibilitychange", this.#visible);
    this.#abort?.abort();
  }

  async #run(signal) {
    while (!signal.aborted) {
      let wait = this.#again;
      try {
        const job = this.#polls > 0 ? await this.#poll(signal) : await this.#stream(signal);
        if (job?.finished_at) {
          if (!job.repeat_at && !isAwaitingData(job)) return;
          wait = REPEATS;
        }
      } catch (problem) {
        if (signal.aborted) return;
        if (problem.status === 404) return void this.dispatchEvent(new Event("gone"));
        if (problem.status === 401) return; // the catalogue asks for a key
        this.dispatchEvent(new Event("offline"));
        if (problem.retryAfter) wait = problem.retryAfter * 1000;
      }
      await pause(wait, signal);
    }
  }

  async #poll(signal) {
    this.#polls -= 1;
    const job = await getBatch(this.id, signal);
    this.#tell(job);
    return job;
  }

  /** Read events until the stream ends; the batch as the last of them has it. */
  async #stream(signal) {
    const own = new AbortController();
    const end = () => own.abort();
    signal.addEventListener("abort", end);
    let heard = false;
    let timer = setTimeout(() => {
      this.#polls = POLLS; // nothing came, so something in between holds it back
      end();
    }, FIRST_WORD);
    try {
      const response = await openEvents(this.id, this.#last, own.signal);
      let job = null;
      for await (const event of eventsOf(response.body, (milliseconds) => (this.#again = milliseconds))) {
        clearTimeout(timer);
        timer = setTimeout(end, LONGEST_SILENCE);
        heard = true;
        if (event.type === "deleted") throw Object.assign(new Error("deleted"), { status: 404 });
        if (event.id) this.#last = event.id;
        if (event.data) this.#tell((job = JSON.parse(event.data)));
      }
      return job;
    } catch (problem) {
      if (own.signal.aborted && !signal.aborted && (heard || this.#polls)) return null; // silent, so begin anew
      if (!signal.aborted && !heard) this.#polls = POLLS; // whatever refuses streams may let requests through
      throw problem;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      own.abort();
    }
  }

  #tell(job) {
    this.dispatchEvent(new Event("online"));
    this.dispatchEvent(new CustomEvent("job", { detail: job }));
  }
}

/** Events of a stream (WHATWG HTML section 9.2.6). Comments and `retry` come as events without data: somebody is there. */
export async function* eventsOf(body, retryIn = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { type: "message", data: "", id: "" };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        const [, name, text] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (line === "") {
          if (event.data) yield { ...event, data: event.data.slice(0, -1) };
          event = { type: "message", data: "", id: event.id };
        } else if (name === "") yield { type: "comment", data: "", id: "" };
        else if (name === "event") event.type = text;
        else if (name === "data") event.data += `${text}\n`;
        else if (name === "id") event.id = text;
        else if (name === "retry" && /^\d+$/.test(text)) {
          retryIn(Number(text));
          yield { type: "comment", data: "", id: "" };
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
