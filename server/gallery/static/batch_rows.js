/** Rows of a batch: finished ones as pictures, failed ones as a table. */

import { localUrl } from "./api.js";
import { listRows } from "./batch_api.js";
import { rows, whole } from "./batch_wording.js";
import { fill, h, icon } from "./dom.js";
import { bytes } from "./wording.js";

const EVERY = 1000; // milliseconds between looks at rows, at least
const MOST = 200; // rows that are looked at again
const LONGEST = 300; // characters of a value that are shown

/** A list of rows of one status, a page at a time, that follows its batch. */
class Rows {
  constructor(id, status, page) {
    this.id = id;
    this.status = status;
    this.page = page;
    this.rows = [];
    this.count = h("span", { class: "quiet-text" });
    this.more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#load(false) }, "Show more");
    this.problem = h("p", { class: "field-error", role: "alert", hidden: true });
  }

  /** Take over what a batch has now. `total` is how many rows of this status there are. */
  follow(job, total) {
    this.total = total;
    this.count.textContent = rows(total);
    this.node.hidden = total === 0;
    const state = [job.status, job.run, this.rows.length < this.page ? total : "enough"].join();
    if (state === this.state) return;
    this.state = state;
    this.#soon();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }

  #soon() {
    clearTimeout(this.timer);
    const wait = (this.loaded ?? 0) + EVERY - performance.now();
    this.timer = setTimeout(() => this.#load(true), Math.max(wait, 0));
  }

  async #load(anew) {
    this.loaded = performance.now();
    this.more.disabled = true;
    const limit = anew ? Math.min(Math.max(this.rows.length, this.page), MOST) : this.page;
    try {
      const answer = await listRows(this.id, { status: this.status, limit, cursor: anew ? "" : this.next });
      if (this.closed) return;
      this.rows = anew ? answer.rows : [...this.rows, ...answer.rows];
      this.next = answer.next_cursor;
      this.problem.hidden = true;
      this.draw();
    } catch (problem) {
      this.problem.textContent = problem.message;
      this.problem.hidden = false;
    }
    this.more.disabled = false;
    this.more.hidden = !this.next;
  }
}

/** Finished rows, each with its picture, or one for each variant. */
export class Pictures extends Rows {
  constructor(id) {
    super(id, "succeeded", 24);
    this.cards = new Map();
    this.heading = h("h2", {}, "Pictures");
    this.grid = h("ul", { class: "picture-grid" });
    this.node = h("section", { class: "pictures", "aria-label": "Pictures", hidden: true }, h("div", { class: "section-head" }, this.heading, this.count), this.problem, this.grid, this.more);
  }

  draw() {
    const shown = this.rows.flatMap((row) => variantsOf(row).map((outputs, _, all) => ({ row, outputs, one: all.length === 1 })));
    const cards = new Map();
    for (const { row, outputs, one } of shown) {
      const key = JSON.stringify([row.index, outputs]);
      cards.set(key, this.cards.get(key) ?? card(row, outputs, one));
    }
    this.cards = cards;
    const nodes = [...cards.values()];
    if (nodes.length !== this.grid.children.length || nodes.some((node, i) => node !== this.grid.children[i])) fill(this.grid, nodes);
  }
}

/** Failed rows with what is wrong with them. */
export class Failures extends Rows {
  constructor(id) {
    super(id, "failed", 25);
    this.body = h("tbody", {});
    const head = h("tr", {}, ["Line", "Id", "Field", "What is wrong"].map((name) => h("th", { scope: "col" }, name)));
    this.node = h(
      "section",
      { class: "panel failures", "aria-label": "Failed rows", hidden: true },
      h("div", { class: "panel-head" }, h("h2", {}, "Failed rows"), this.count),
      h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table of failed rows" }, h("table", { class: "table" }, h("thead", {}, head), this.body)),
      this.problem,
      this.more,
      h("p", { class: "field-hint panel-foot" }, "Mend them in the file of failed rows and send that as a new batch. A retry helps where the cause was elsewhere."),
    );
  }

  draw() {
    fill(this.body, this.rows.map(failure));
  }
}

/** The pictures of a row, those of one variant together. */
function variantsOf(row) {
  const names = [...new Set(row.outputs.map((output) => output.variant))];
  return names.map((name) => row.outputs.filter((output) => output.variant === name));
}

/** The card of one variant of a row; `one` is whether the row has no other. */
function card(row, outputs, one) {
  const [first] = outputs;
  const name = row.custom_id ?? `Row ${row.index + 1}`;
  const findings = [...new Map(outputs.flatMap((output) => output.findings).map((each) => [each.code + each.message, each])).values()];
  const picture = h("img", {
    src: localUrl(first.url),
    alt: `Picture of ${name}`,
    width: first.width,
    height: first.height,
    loading: "lazy",
    decoding: "async",
    onerror: () => fill(frame, h("p", { class: "picture-text" }, "This picture can't be fetched; its URL may have expired.")),
  });
  const frame = h("a", { class: "picture-frame", href: localUrl(first.url), target: "_blank", rel: "noopener" }, picture);
  return h(
    "li",
    { class: `picture-card${findings.length ? " suspicious" : ""}`, "data-row": row.index },
    frame,
    h(
      "div",
      { class: "picture-about" },
      h("p", { class: "picture-name" }, h("b", { title: name }, name), (first.variant || !one) && h("span", { class: "tag off" }, first.variant ?? "default"), h("span", { class: "quiet-text" }, `line ${row.line}`)),
      h("p", { class: "facts" }, outputs.map((output) => h("a", { href: localUrl(output.url), target: "_blank", rel: "noopener" }, `${output.format.toUpperCase()} ${bytes(output.bytes)}`)), first.state !== "fresh" && h("span", { class: "warn-text" }, first.state)),
      findings.length > 0 && h("ul", { class: "picture-findings" }, findings.map(finding)),
    ),
  );
}

function finding({ code, message }) {
  return h("li", {}, icon("warning"), h("p", {}, message, " ", h("span", { class: "origin" }, code)));
}

/** What is wrong, without the field's name before it, which has a column of its own. */
function messageOf(error) {
  const { field, message } = error;
  const text = field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

function failure(row) {
  const { error } = row;
  const values = Object.entries(row.values);
  return h(
    "tr",
    { "data-row": row.index },
    h("td", { class: "number", "data-label": "Line" }, whole(row.line)),
    h("td", { title: row.custom_id }, row.custom_id ?? h("span", { class: "quiet-text" }, "—")),
    h("td", {}, error.field ? h("code", {}, error.field) : h("span", { class: "quiet-text" }, "—")),
    h(
      "td",
      { class: "message" },
      h("p", {}, messageOf(error), " ", h("span", { class: "origin" }, error.code, error.retryable && " · may succeed when tried again")),
      values.length > 0 && h("details", { class: "row-values" }, h("summary", {}, "The row"), h("dl", {}, values.map(value))),
    ),
  );
}

function value([column, given]) {
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return h("div", {}, h("dt", {}, column), h("dd", {}, text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text));
}
