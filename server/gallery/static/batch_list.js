/** All batches, from the newest on. */

import { listBatches } from "./batch_api.js";
import { ago, isFinished, local, progressOf, rows, span, stateOf } from "./batch_wording.js";
import { fill, h, icon } from "./dom.js";
import { linkTo } from "./downloads.js";
import { Progress } from "./progress.js";

const OFTEN = 1500; // milliseconds between looks while there is work
const SELDOM = 4000;

/** The page of all batches; asks for news until `close`. */
export class BatchList {
  constructor(catalogue) {
    this.catalogue = catalogue;
    this.entries = new Map(); // by id
    this.recent = []; // the first page, which is asked for again and again
    this.loaded = false;
    this.older = [];
    this.list = h("ul", { class: "batches" });
    this.summary = h("p", { class: "lead" }, "A file of rows becomes a picture for each row.");
    this.more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#more() }, "Show older batches");
    this.problem = h("div", { class: "banner error", role: "alert", hidden: true });
    this.nothing = h(
      "div",
      { class: "nothing", hidden: true },
      h("p", { class: "nothing-title" }, "No batches yet"),
      h("p", {}, "Take a spreadsheet, choose a template, and look at the first pictures before the rest is rendered."),
      h("a", { class: "button primary", href: "#/new" }, icon("add"), "New batch"),
    );
    this.node = h(
      "div",
      { class: "batch-page" },
      h("div", { class: "overview-head" }, h("div", {}, h("h1", {}, "Batches"), this.summary), h("a", { class: "button primary", href: "#/new" }, icon("add"), "New batch")),
      this.problem,
      this.list,
      this.nothing,
      this.more,
    );
    this.visible = () => this.#refresh();
    document.addEventListener("visibilitychange", this.visible);
    this.#refresh();
  }

  get title() {
    return "Batches";
  }

  /** Titles of templates may have changed. */
  update() {
    this.#show();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.visible);
  }

  async #refresh() {
    clearTimeout(this.timer);
    if (document.hidden || this.closed || this.asking) return;
    this.asking = true;
    try {
      const { batches, next_cursor: next } = await listBatches();
      this.recent = batches;
      this.loaded = true;
      if (!this.older.length) this.next = next;
      this.problem.hidden = true;
    } catch (problem) {
      // Without an answer the header says so; nothing that was known is taken away.
      this.problem.hidden = [0, 401].includes(problem.status);
      fill(this.problem, icon("error"), h("div", {}, h("p", { class: "banner-title" }, problem.title), h("p", {}, problem.message)));
    } finally {
      this.asking = false;
    }
    if (this.closed) return;
    this.#show();
    this.timer = setTimeout(() => this.#refresh(), this.recent.every(isFinished) ? SELDOM : OFTEN);
  }

  async #more() {
    this.more.disabled = true;
    try {
      const { batches, next_cursor: next } = await listBatches({ cursor: this.next });
      this.older.push(...batches);
      this.next = next;
    } finally {
      this.more.disabled = false;
    }
    this.#show();
  }

  #show() {
    const known = new Set(this.recent.map((job) => job.id));
    const jobs = [...this.recent, ...this.older.filter((job) => !known.has(job.id))];
    for (const id of this.entries.keys()) if (!jobs.some((job) => job.id === id)) this.entries.delete(id);
    for (const job of jobs) {
      if (!this.entries.has(job.id)) this.entries.set(job.id, new Entry(job));
      this.entries.get(job.id).update(job, this.catalogue.templates.get(job.template)?.title ?? job.template);
    }
    const nodes = jobs.map((job) => this.entries.get(job.id).node);
    if (nodes.length !== this.list.children.length || nodes.some((node, i) => node !== this.list.children[i])) fill(this.list, nodes);
    this.list.hidden = jobs.length === 0;
    this.nothing.hidden = jobs.length > 0 || !this.loaded;
    this.more.hidden = !this.next;
  }
}

/** One batch. */
class Entry {
  constructor({ id }) {
    this.link = h("a", { class: "batch-link", href: `#/${id}` });
    this.facts = h("p", { class: "facts" });
    this.state = h("span", { class: "tag" });
    this.progress = new Progress("Progress");
    this.words = h("span", {});
    this.aside = h("span", { class: "batch-aside" });
    this.files = h("p", { class: "batch-files" });
    this.node = h(
      "li",
      { class: "batch-entry", "data-batch": id },
      h("div", { class: "batch-what" }, this.link, this.facts),
      h("div", { class: "batch-how" }, this.progress.node, h("p", { class: "batch-words" }, this.words, this.aside)),
      h("div", { class: "batch-end" }, this.state, this.files),
    );
  }

  update(job, title) {
    const [phrase, kind] = stateOf(job);
    this.link.textContent = title;
    this.state.textContent = phrase;
    this.state.className = `tag ${kind}`;
    fill(
      this.facts,
      h("time", { datetime: job.created_at, title: local(job.created_at) }, ago(job.created_at)),
      job.metadata?.file && h("span", { class: "file-name" }, job.metadata.file),
      job.metadata?.note && h("span", { class: "batch-note" }, job.metadata.note),
      job.dry_run && h("span", {}, "check only"),
      job.run > 1 && h("span", {}, `run ${job.run}`),
      h("span", { class: "version", title: job.id }, job.id.replace("batch_", "").slice(0, 8)),
    );
    this.progress.update(job);
    this.words.textContent = progressOf(job);
    fill(this.aside, aside(job));
    this.#offer(job);
  }

  #offer(job) {
    const files = filesOf(job);
    if (this.offered === files.join()) return;
    this.offered = files.join();
    fill(this.files, files.map(([name, text]) => linkTo(job, name, text)));
  }
}

function filesOf(job) {
  if (!isFinished(job)) return [];
  const { total, succeeded, failed } = job.counts;
  const files = [["results.zip", "ZIP", succeeded], ["results.csv", "CSV", total && !job.dry_run], ["errors.csv", "Failed rows", failed]];
  return files.filter(([, , wanted]) => wanted);
}

function aside(job) {
  const { failed, suspicious } = job.counts;
  const parts = [];
  if (failed) parts.push(h("b", { class: "bad-text" }, `${rows(failed)} failed`));
  if (suspicious) parts.push(h("b", { class: "warn-text" }, `${suspicious} to look at`));
  if (job.status === "in_progress" && job.eta_seconds !== undefined) parts.push(h("span", {}, `${span(job.eta_seconds)} left`));
  return parts;
}
