/** Rows of a batch that have no pictures: failed ones with what is wrong with them, waiting and cancelled ones. */

import { RowFilter, Rows } from "./batch_rows.js";
import { whole } from "./batch_wording.js";
import { announce, fill, h } from "./dom.js";

const LONGEST = 300; // characters of a value that are shown
const NAMES = { failed: "Failed", cancelled: "Cancelled", pending: "Waiting" };
const GLANCE = 3; // values of a row that are shown at once

/** A table of rows of one status. */
export class Failures extends Rows {
  constructor(id) {
    super(id, 25);
    this.heading = h("h2", {}, "Failed rows");
    this.filter = new RowFilter("Show", () => this.#choose());
    this.filter.offer([["failed", ""]]);
    this.head = h("thead", {});
    this.body = h("tbody", {});
    this.advice = h("p", { class: "field-hint panel-foot" }, "Mend them in the file of failed rows and send that as a new batch. A retry helps where the cause was elsewhere.");
    this.node = h(
      "section",
      { class: "panel failures", "aria-label": "Rows without pictures", hidden: true },
      h("div", { class: "panel-head" }, this.heading, this.count, this.filter.node),
      h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table of rows" }, h("table", { class: "table stacked" }, this.head, this.body)),
      this.problem,
      this.more,
      this.advice,
    );
  }

  get wanted() {
    return { status: this.filter.value };
  }

  get settled() {
    return this.filter.value !== "pending";
  }

  follow(job) {
    const { failed, cancelled, pending } = job.counts;
    this.checked = job.dry_run && job.status === "completed";
    this.counts = { failed, cancelled, pending };
    this.node.hidden = failed + cancelled === 0;
    if (this.node.hidden) return;
    const there = Object.keys(this.counts).filter((status) => this.counts[status] > 0);
    const before = this.filter.value;
    this.filter.offer(there.map((status) => [status, `${status === "pending" && this.checked ? "In order" : NAMES[status]} (${whole(this.counts[status])})`]));
    this.filter.node.hidden = there.length < 2;
    this.#name();
    super.follow(job, this.counts[this.filter.value]);
    if (this.filter.value !== before) this.restart();
  }

  draw() {
    const failed = this.filter.value === "failed";
    const names = failed ? ["Line", "Id", "Field", "What is wrong"] : ["Line", "Id", "The row"];
    fill(this.head, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
    fill(this.body, this.rows.map(failed ? failure : unfinished));
  }

  async #choose() {
    this.#name();
    this.total = this.counts[this.filter.value];
    await this.restart();
    announce(`${this.heading.textContent}: ${this.count.textContent}`);
  }

  #name() {
    const status = this.filter.value;
    this.heading.textContent = status === "pending" && this.checked ? "Rows in order" : `${NAMES[status]} rows`;
    this.advice.hidden = status !== "failed";
  }
}

/** What is wrong, without the field's name before it, which has a column of its own. */
function messageOf(error) {
  const { field, message } = error;
  const text = field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

function failure(row) {
  const { error } = row;
  // A row may have been taken up again since the list was asked for.
  const message = error && [messageOf(error), " ", h("span", { class: "origin" }, error.code, error.retryable && " · may succeed when tried again")];
  return h(
    "tr",
    { "data-row": row.index },
    ...placeOf(row),
    h("td", {}, error?.field ? h("code", {}, error.field) : none()),
    h("td", { class: "message" }, error && h("p", {}, message), valuesOf(row, "The row")),
  );
}

function unfinished(row) {
  const glance = Object.entries(row.values).slice(0, GLANCE).map(([column, given]) => `${column}: ${textOf(given, 40)}`).join(", ");
  return h("tr", { "data-row": row.index }, ...placeOf(row), h("td", { class: "message" }, valuesOf(row, glance)));
}

function placeOf(row) {
  return [h("td", { class: "number", "data-label": "Line" }, whole(row.line)), h("td", { title: row.custom_id }, row.custom_id ?? none())];
}

function valuesOf(row, summary) {
  const values = Object.entries(row.values);
  return values.length > 0 && h("details", { class: "row-values" }, h("summary", {}, summary), h("dl", {}, values.map(value)));
}

function value([column, given]) {
  return h("div", {}, h("dt", {}, column), h("dd", {}, textOf(given, LONGEST)));
}

function textOf(given, longest) {
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function none() {
  return h("span", { class: "quiet-text" }, "—");
}
