/** A new batch: a template, a file of rows, which column is what, and how it is to be done. */

import { getTemplate } from "./api.js";
import { listBuckets, newKey, submitBatch } from "./batch_api.js";
import { BatchOptions } from "./batch_options.js";
import { ColumnTable } from "./column_table.js";
import { announce, fill, h, icon, uniqueId } from "./dom.js";
import { FileDrop } from "./file_drop.js";
import { lookAt } from "./table_file.js";
import { bytes, count } from "./wording.js";

const UNKNOWN_COLUMN = "unknown-column"; // the code of problems that saying what a column is can mend
const DELIMITERS = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
const SHOWN_ROWS = 5;

/** The page of a new batch. `wanted` is the template to begin with. */
export class NewBatch {
  constructor(catalogue, wanted) {
    this.catalogue = catalogue;
    this.wanted = wanted;
    this.options = new BatchOptions(() => this.#changed());
    this.columns = new ColumnTable(() => this.#changed());
    this.drop = new FileDrop((file) => this.#choose(file));
    this.abort = new AbortController();
    this.#build();
    this.update();
    this.#askForBuckets();
  }

  get title() {
    return "New batch";
  }

  /** Offer the templates that the catalogue has now. */
  update() {
    const templates = [...this.catalogue.templates.values()];
    const chosen = this.select.value || this.wanted;
    fill(this.select, templates.map(({ name, title }) => h("option", { value: name }, title === name ? name : `${title} (${name})`)));
    if (this.catalogue.templates.has(chosen)) this.select.value = chosen;
    const template = this.catalogue.templates.get(this.select.value);
    if (template?.version !== this.template?.version || template?.name !== this.template?.name) this.#take(template);
  }

  close() {
    this.abort.abort();
  }

  #build() {
    this.select = h("select", { class: "input", id: uniqueId("template"), oninput: () => this.update() });
    this.about = h("p", { class: "quiet-text" });
    this.preview = h("div", {});
    this.mapping = h("section", { class: "step", "aria-label": "Columns", hidden: true }, h("h2", {}, "Columns"), this.columns.node);
    this.problem = h("div", { class: "banner error", role: "alert", hidden: true });
    this.start = h("button", { type: "submit", class: "primary" });
    this.sent = h("progress", { max: 1, "aria-label": "Upload", hidden: true });
    this.promise = h("p", { class: "quiet-text" });
    this.form = h(
      "form",
      { class: "new-batch", autocomplete: "off", novalidate: true, onsubmit: (event) => (event.preventDefault(), this.#submit()) },
      h("section", { class: "step", "aria-label": "Template" }, h("h2", {}, h("label", { for: this.select.id }, "Template")), this.select, this.about),
      h("section", { class: "step", "aria-label": "Rows" }, h("h2", {}, "Rows"), this.drop.node, this.preview),
      this.mapping,
      h("section", { class: "step", "aria-label": "Pictures" }, h("h2", {}, "Pictures"), this.options.pictures),
      h("section", { class: "step", "aria-label": "How it is done" }, h("h2", {}, "How it is done"), this.options.running),
      h("div", { class: "submit-bar" }, this.problem, h("div", { class: "submit-row" }, this.start, this.sent, this.promise)),
    );
    this.node = h(
      "div",
      { class: "batch-page" },
      h("div", { class: "batch-head" }, h("a", { href: "#/", class: "back" }, icon("back"), "Batches"), h("h1", {}, "New batch")),
      this.form,
    );
  }

  #take(template) {
    this.template = template;
    this.start.disabled = !template;
    this.about.textContent = template?.description ?? "There are no templates yet.";
    if (!template) return;
    this.options.update(template);
    this.#map();
    this.#changed();
    this.#describe(template);
  }

  /** Offer what the list of templates does not tell. What can't be had is not offered; whatever is wrong shows elsewhere. */
  async #describe(template) {
    const detail = await getTemplate(template.name, this.abort.signal).catch(() => null);
    if (detail && this.template === template) this.options.describe(detail);
  }

  async #askForBuckets() {
    const buckets = await listBuckets(this.abort.signal).catch(() => []);
    this.options.offerBuckets(buckets);
  }

  async #choose(file) {
    this.file = file;
    this.seen = null;
    this.extra = [];
    this.#changed();
    if (!file) return this.#map();
    const seen = await lookAt(file);
    if (this.file !== file) return;
    this.seen = seen;
    this.#map();
    this.#changed();
    announce(seen.columns ? `${file.name}: ${count(seen.columns.length, "column")}` : file.name);
  }

  /** Show what was seen of the file, and offer its columns. */
  #map() {
    const { seen } = this;
    fill(this.preview, seen && describe(seen));
    const columns = [...(seen?.columns ?? []), ...(this.extra ?? [])];
    this.mapping.hidden = !seen || (!seen.columns && !columns.length);
    // Rows of JSON may each have other names; a table says all of them in its first line.
    const complete = Boolean(seen?.columns) && (seen.kind === "csv" || seen.whole);
    if (this.template) this.columns.update(columns, seen?.rows ?? [], this.template.variables, complete);
  }

  #changed() {
    this.#clear();
    this.#promise();
  }

  /** What the button will do. */
  #promise() {
    const dry = this.options.isCheck;
    fill(this.start, icon(dry ? "check" : "play"), dry ? "Check rows" : "Start batch");
    const pilot = this.options.pilot.input.checked && !dry;
    const rest = dry ? "All rows are checked; nothing is rendered." : pilot ? `The first ${count(Number(this.options.pilotRows.value), "row")} will be rendered, then it waits for you.` : "All rows will be rendered.";
    this.promise.textContent = this.file ? rest : "Choose a file of rows first.";
  }

  #clear() {
    this.problem.hidden = true;
    this.options.clear();
    this.columns.clear();
    this.drop.clear();
  }

  async #submit() {
    if (this.busy) return;
    this.#clear();
    const problems = [];
    const body = this.#body(problems);
    if (!this.file) {
      this.drop.mark("Choose a file of rows.");
      this.drop.input.focus();
      return;
    }
    problems.push(...this.columns.problems);
    if (problems.length) return this.#show({ title: "Something is missing", problems });
    await this.#send(body);
  }

  #body(problems) {
    const { columns, variables } = this.columns.entries.length || this.seen?.columns ? this.columns.read(problems) : { columns: {}, variables: {} };
    const body = { template: this.template.name, ...this.options.read(problems) };
    body.metadata = { ...body.metadata, file: (this.file?.name ?? "").slice(0, 500) };
    if (Object.keys(columns).length) body.columns = columns;
    if (Object.keys(variables).length) body.variables = variables;
    return body;
  }

  async #send(body) {
    // The same request, sent again after an answer got lost, must not make a second batch.
    const request = JSON.stringify(body);
    if (this.request !== request || this.sentFile !== this.file) [this.request, this.sentFile, this.key] = [request, this.file, newKey()];
    this.#busy(true);
    try {
      const job = await submitBatch(this.file, body, this.key, (share) => this.#progress(share), this.abort.signal);
      location.hash = `#/${job.id}`;
    } catch (problem) {
      if (problem.name !== "AbortError") this.#show(problem);
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy) {
    this.busy = busy;
    this.start.disabled = busy;
    this.sent.hidden = !busy;
    this.sent.value = 0;
    this.#promise();
  }

  #progress(share) {
    this.sent.value = share;
    this.promise.textContent = share < 1 ? `${bytes(share * this.file.size)} of ${bytes(this.file.size)} sent` : "Sent; the server looks at it …";
  }

  /** Show problems where they belong, and the rest above the button. */
  #show(problem) {
    const told = this.#learn(problem.problems);
    if (told.length) return this.#askFor(told);
    const elsewhere = this.columns.mark(this.options.mark(problem.problems));
    const items = elsewhere.length ? elsewhere : problem.problems;
    fill(
      this.problem,
      icon("error"),
      h(
        "div",
        {},
        h("p", { class: "banner-title" }, problem.title),
        items.length ? h("ul", { class: "problem-list" }, items.map(({ name, message }) => h("li", {}, h("b", {}, this.options.labelOf(name)), " ", message))) : h("p", {}, problem.message),
      ),
    );
    this.problem.hidden = false;
    this.form.querySelector('[aria-invalid="true"]')?.focus();
  }

  /** Have the reader say what columns are that only the server could see. */
  #askFor(columns) {
    const names = columns.map((name, index) => [index > 0 && ", ", h("code", {}, name)]).flat();
    const text = h("p", {}, names, columns.length === 1 ? " is no variable" : " are no variables", " of the template. Look at Columns above: what could be guessed is chosen. Then start again.");
    fill(this.problem, icon("error"), h("div", {}, h("p", { class: "banner-title" }, "What are these columns?"), text));
    this.problem.hidden = false;
    this.mapping.scrollIntoView({ block: "start" });
  }

  /** Columns that could not be seen here, but that the server has told of, can be mapped as well. Returns the new ones. */
  #learn(problems) {
    const known = new Set(this.columns.entries.map((entry) => entry.column));
    const told = problems.filter(({ name, code }) => code === UNKNOWN_COLUMN && !known.has(name)).map(({ name }) => name);
    if (!told.length || !this.seen) return [];
    this.extra = [...(this.extra ?? []), ...told];
    this.#map();
    return told;
  }
}

/** What was seen of a file. */
function describe(seen) {
  const { kind, columns, rows, delimiter, whole, problem, options } = seen;
  const facts = [kind === "csv" && delimiter === "\t" ? "TSV" : kind.toUpperCase()];
  if (columns) facts.push(count(columns.length, "column"));
  if (kind === "csv" && DELIMITERS[delimiter] && columns?.length > 1) facts.push(`separated by ${DELIMITERS[delimiter]}`);
  if (columns) facts.push(whole ? count(rows.length, "row") : `the first ${count(rows.length, "row")} were looked at`);
  return [
    h("p", { class: "facts" }, facts.map((fact) => h("span", {}, fact))),
    problem && h("div", { class: "banner error" }, icon("error"), h("p", {}, problem)),
    options.length > 0 && h("div", { class: "banner warn" }, icon("warning"), h("p", {}, "This file says options of its own (", options.join(", "), "). What is also said on this page is refused as said twice.")),
    !columns && !problem && h("div", { class: "banner note" }, icon("info"), h("p", {}, unseen(kind))),
    rows.length > 0 && preview(columns, rows.slice(0, SHOWN_ROWS)),
  ];
}

function unseen(kind) {
  if (kind === "xlsx") {
    return "Workbooks are read by the server, not by this page. If columns are no variables, the server says so before anything is rendered, and they are listed here to say what they stand for.";
  }
  return "This page can't look into this file. The server reads it.";
}

function preview(columns, rows) {
  return h(
    "div",
    { class: "table-wrap preview-rows", tabindex: "0", role: "region", "aria-label": "First rows" },
    h(
      "table",
      { class: "table" },
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((name) => h("td", {}, cell(row[name])))))),
    ),
  );
}

function cell(value) {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
