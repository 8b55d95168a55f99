/** Rows of a batch, a page at a time. */

import { listRows } from "./batch_api.js";
import { rows } from "./batch_wording.js";
import { fill, h, uniqueId } from "./dom.js";

const EVERY = 500; // milliseconds between looks at rows, at least
const MOST = 200; // rows that are looked at again

/** A list of rows that follows its batch. Subclasses have `node`, `wanted` and `draw`. */
export class Rows {
  constructor(id, page) {
    this.id = id;
    this.page = page;
    this.rows = [];
    this.count = h("span", { class: "quiet-text" });
    this.more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#load(false) }, "Show more");
    this.problem = h("p", { class: "field-error", role: "alert", hidden: true });
  }

  /** Which rows are shown: `status` and `finding` as the API has them. */
  get wanted() {
    return {};
  }

  /** Whether rows that are shown stay among those that are wanted, so that a full page of them need not be looked at again. */
  get settled() {
    return true;
  }

  /** Take over what a batch has now; `total` is how many rows there are of those that are shown, if that is known. */
  follow(job, total) {
    this.total = total;
    this.say();
    const { counts } = job;
    const news = [counts.succeeded, counts.failed, counts.cancelled, counts.suspicious].join();
    const state = [job.status, job.run, this.settled && this.rows.length >= this.page ? "enough" : news].join();
    if (state === this.state) return;
    this.state = state;
    this.#soon();
  }

  /** Begin anew with other rows. */
  async restart() {
    this.rows = [];
    this.next = undefined;
    clearTimeout(this.timer);
    await this.#load(true);
  }

  /** Say how many rows there are. */
  say() {
    const known = this.total ?? this.rows.length;
    this.count.textContent = this.total === undefined && this.next ? `more than ${rows(known)}` : rows(known);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }

  #soon() {
    clearTimeout(this.timer);
    const wait = (this.loaded ?? -EVERY) + EVERY - performance.now();
    this.timer = setTimeout(() => this.#load(true), Math.max(wait, 0));
  }

  async #load(anew) {
    const turn = (this.turn = {});
    this.loaded = performance.now();
    this.more.disabled = true;
    const limit = anew ? Math.min(Math.max(this.rows.length, this.page), MOST) : this.page;
    try {
      const answer = await listRows(this.id, { ...this.wanted, limit, cursor: anew ? "" : this.next });
      if (this.closed || this.turn !== turn) return;
      this.rows = anew ? answer.rows : [...this.rows, ...answer.rows];
      this.next = answer.next_cursor;
      this.problem.hidden = true;
      this.say();
      this.draw();
    } catch (problem) {
      if (this.turn !== turn) return;
      this.problem.textContent = problem.message;
      this.problem.hidden = false;
    }
    this.more.disabled = false;
    this.more.hidden = !this.next;
  }
}

/** What chooses among rows: a select with its label. `chosen` is called when another is chosen. */
export class RowFilter {
  constructor(label, chosen) {
    this.select = h("select", { class: "input", id: uniqueId("filter"), oninput: chosen });
    this.node = h("div", { class: "row-filter" }, h("label", { for: this.select.id }, label), this.select);
  }

  get value() {
    return this.select.value;
  }

  /** Offer pairs of value and text, keeping what is chosen where it still exists. */
  offer(choices) {
    const { options, value: chosen } = this.select;
    // A list that is open stays open while its texts change.
    if (choices.map(([value]) => value).join() !== this.offered) {
      this.offered = choices.map(([value]) => value).join();
      fill(this.select, choices.map(([value]) => h("option", { value })));
      if (choices.some(([value]) => value === chosen)) this.select.value = chosen;
    }
    choices.forEach(([, text], index) => options[index].textContent !== text && (options[index].textContent = text));
  }
}
