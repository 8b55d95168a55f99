/** What became of a batch's webhooks, and sending them once more. */

import { listDeliveries, redeliver } from "./batch_api.js";
import { ago, local, span } from "./batch_wording.js";
import { announce, fill, h, icon } from "./dom.js";
import { count } from "./wording.js";

const SOON = 1000; // milliseconds between looks at what is being sent
const CLOSE = 10_000; // what is said to be so soon that no number is needed
const SELDOM = 30_000; // and at what is sent later, by whose end its times are told anew
const EVENTS = {
  "batch.completed": "Batch completed",
  "batch.awaiting_approval": "Waits for approval",
  "batch.failed": "Batch failed",
  "batch.cancelled": "Batch cancelled",
};
const STATES = {
  pending: ["On its way", "busy"],
  delivered: ["Delivered", "good"],
  failed: ["Given up", "bad"],
  disabled: ["Refused for good", "off"],
};

const AGAIN = ["To be tried again", "warn"];

/** The panel of webhooks; not to be seen for a batch without any. */
export class Deliveries {
  constructor(id) {
    this.id = id;
    this.entries = new Map(); // by the delivery's id
    this.body = h("tbody", {});
    this.count = h("span", { class: "quiet-text" });
    this.problem = h("p", { class: "field-error panel-note", role: "alert", hidden: true });
    const head = h("tr", {}, ["Message", "State", "Last answer", "Next attempt", ""].map((name) => h("th", { scope: "col" }, name || h("span", { class: "visually-hidden" }, "Action"))));
    this.node = h(
      "section",
      { class: "panel deliveries", "aria-label": "Webhooks", hidden: true },
      h("div", { class: "panel-head" }, h("h2", {}, "Webhooks"), this.count),
      h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table of webhooks" }, h("table", { class: "table stacked" }, h("thead", {}, head), this.body)),
      this.problem,
    );
    this.visible = () => !document.hidden && this.#load();
    document.addEventListener("visibilitychange", this.visible);
  }

  /** There may be a message whenever a batch ends or waits. */
  follow(job) {
    const state = [job.status, job.run].join();
    if (state === this.state) return;
    this.state = state;
    this.#load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.visible);
  }

  async #load() {
    clearTimeout(this.timer);
    const turn = (this.turn = {});
    let found = null;
    try {
      found = await listDeliveries(this.id);
    } catch {
      // The page says by itself when the server does not answer, or the batch is gone.
    }
    if (this.closed || this.turn !== turn) return;
    if (found) this.#show(found);
    this.#again();
  }

  #show(deliveries) {
    for (const delivery of deliveries) {
      if (!this.entries.has(delivery.id)) this.entries.set(delivery.id, new Entry((event) => this.#send(delivery, event.currentTarget)));
      this.entries.get(delivery.id).update(delivery);
    }
    const nodes = deliveries.map(({ id }) => this.entries.get(id).node);
    if (nodes.length !== this.body.children.length) fill(this.body, nodes);
    this.count.textContent = count(deliveries.length, "message");
    this.node.hidden = deliveries.length === 0;
  }

  /** Look again while there is something to be sent. */
  #again() {
    const pending = [...this.entries.values()].map((entry) => entry.delivery).filter((delivery) => delivery.state === "pending");
    if (!pending.length || document.hidden) return;
    const next = Math.min(...pending.map(untilNext));
    this.timer = setTimeout(() => this.#load(), Math.min(Math.max(next, SOON), SELDOM));
  }

  async #send(delivery, button) {
    button.disabled = true;
    this.problem.hidden = true;
    try {
      await redeliver(this.id, delivery.id);
      announce("The message is sent again.");
    } catch (problem) {
      this.problem.textContent = problem.message;
      this.problem.hidden = false;
    }
    button.disabled = false;
    await this.#load();
  }
}

/** One message. Its nodes stay, so that the focus does. */
class Entry {
  constructor(send) {
    this.event = h("b", {});
    this.code = h("span", { class: "origin" });
    this.made = h("time", {});
    this.state = h("span", { class: "tag" });
    this.attempts = h("p", { class: "quiet-text" });
    this.answer = h("p", {});
    this.log = h("ol", { class: "attempts" });
    this.earlier = h("details", { class: "row-values" }, h("summary", {}, "All attempts"), this.log);
    this.next = h("td", { "data-label": "Next attempt" });
    this.button = h("button", { type: "button", class: "small", onclick: send }, icon("reset"), "Send again");
    this.node = h(
      "tr",
      {},
      h("td", {}, h("p", {}, this.event), h("p", { class: "quiet-text" }, this.code, " ", this.made)),
      h("td", {}, this.state, this.attempts),
      h("td", { class: "message" }, this.answer, this.earlier),
      this.next,
      h("td", { class: "row-action" }, this.button),
    );
  }

  update(delivery) {
    this.delivery = delivery;
    const { id, event, state, attempts, created_at: made, log } = delivery;
    const [phrase, kind] = state === "pending" && log.length ? AGAIN : (STATES[state] ?? [state, "off"]);
    this.node.setAttribute("data-delivery", id);
    this.event.textContent = EVENTS[event] ?? event;
    this.code.textContent = event;
    this.made.textContent = ago(made);
    this.made.setAttribute("datetime", made);
    this.made.title = local(made);
    this.state.textContent = phrase;
    this.state.className = `tag ${kind}`;
    this.attempts.textContent = attempts ? count(attempts, "attempt") : "not sent yet";
    const last = log.at(-1);
    fill(this.answer, last ? [answerOf(last), " ", h("span", { class: "quiet-text", title: local(last.time) }, ago(last.time))] : h("span", { class: "quiet-text" }, "—"));
    this.earlier.hidden = log.length < 2;
    fill(this.log, log.map((attempt) => h("li", {}, h("time", { datetime: attempt.time }, local(attempt.time)), h("span", {}, answerOf(attempt)))));
    this.#tellNext(delivery);
    this.button.setAttribute("aria-label", `Send again: ${EVENTS[event] ?? event}`);
  }

  #tellNext(delivery) {
    const { state, next_at: next } = delivery;
    const later = state === "pending" && untilNext(delivery) > SOON;
    fill(this.next, later ? h("time", { datetime: next, title: local(next) }, untilNext(delivery) < CLOSE ? "in a moment" : ago(next)) : h("span", { class: "quiet-text" }, state === "pending" ? "now" : "none"));
    this.button.disabled = state === "pending" && !later;
  }
}

/** Milliseconds until a delivery is sent. */
function untilNext({ next_at: next }) {
  return Date.parse(next) - Date.now();
}

/** What came of an attempt: `Answered 200 in 31 ms`. */
function answerOf({ status, error, ms }) {
  if (!error) return `Answered ${status} in ${span(ms / 1000)}`;
  return `${error[0].toUpperCase()}${error.slice(1)}`;
}
