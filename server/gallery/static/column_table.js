/** Which variable each column is for: guessed, and to be changed by hand. */

import { GroupControl, keysOf } from "./controls.js";
import { guessColumns, misfits, REPORT, RESERVED, valuesOf } from "./column_guess.js";
import { fill, h, icon, uniqueId } from "./dom.js";
import { count, kindOf } from "./wording.js";

const SAMPLES = 3; // values of a column that are shown

/** The table of columns, and values for required variables that no column has. `changed` is called after changes. */
export class ColumnTable {
  constructor(changed) {
    this.changed = changed;
    this.entries = [];
    this.body = h("tbody", {});
    this.summary = h("p", { class: "field-hint", role: "status" });
    this.shared = h("div", { class: "shared" });
    const head = h("tr", {}, ["Column", "First values", "Variable", ""].map((name) => h("th", { scope: "col" }, name)));
    this.table = h("div", { class: "table-wrap columns" }, h("table", { class: "table" }, h("thead", {}, head), this.body));
    this.node = h("div", {}, this.table, this.summary, this.shared);
  }

  /**
   * Offer the columns of a file for a template's variables; choices made by hand stay where they still exist.
   * `complete` is whether these are all columns, so that it can be told what is missing.
   */
  update(columns, rows, schema, complete) {
    this.complete = complete;
    const byHand = new Map(this.entries.filter((entry) => entry.by === "hand").map((entry) => [entry.column, entry.target]));
    this.schema = schema;
    this.rows = rows;
    const guesses = guessColumns(columns, rows, schema);
    this.entries = columns.map((column) => {
      const kept = byHand.get(column);
      const known = kept !== undefined && (kept === "" || kept in schema.properties || RESERVED.has(kept));
      return this.#entry(column, known ? { target: kept, by: "hand" } : guesses.get(column));
    });
    fill(this.body, this.entries.map((entry) => entry.node));
    this.table.hidden = columns.length === 0;
    this.#check();
  }

  /** What the API wants: `columns` that have another name or are left out, and `variables` that all rows share. */
  read(problems) {
    const columns = {};
    for (const { column, target } of this.entries) {
      if (target !== column && !REPORT.test(column)) columns[column] = target;
    }
    const variables = this.values?.read("", problems) ?? {};
    for (const [name, value] of Object.entries(variables)) {
      // A switch always says something; what is said without it need not be repeated.
      if (value === (this.schema.properties[name].default ?? false) && !this.#isRequired(name)) delete variables[name];
    }
    return { columns, variables };
  }

  /** What the server would refuse, so that nothing is sent in vain. */
  get problems() {
    const twice = [...this.twice].map((name) => ({ name, message: "has two columns." }));
    return [...twice, ...this.#missing().map((name) => ({ name, message: "is required: choose a column, or give a value for all rows." }))];
  }

  /** Show what the server says of shared values; returns the problems that belong elsewhere. */
  mark(problems) {
    return problems.filter(({ name, message }) => {
      const [key, ...rest] = keysOf(name.replace(/^variables\./, ""));
      if (!this.values?.mark([key, ...rest], `${message[0].toUpperCase()}${message.slice(1)}`)) return true;
      const folded = this.values.fields.get(key).node.closest("details");
      if (folded) folded.open = true;
      return false;
    });
  }

  clear() {
    this.values?.clear();
  }

  #entry(column, { target, by }) {
    const values = valuesOf(this.rows, column);
    const shown = values.filter((value) => value !== undefined && value !== "" && value !== null).slice(0, SAMPLES);
    const report = REPORT.test(column);
    const entry = { column, target, by, values };
    entry.select = h("select", { class: "input", id: uniqueId("column"), "aria-label": `Variable for the column ${column}`, disabled: report, oninput: () => this.#choose(entry) }, this.#choices());
    entry.select.value = target;
    entry.note = h("span", { class: "column-note" });
    entry.node = h(
      "tr",
      { "data-column": column },
      h("th", { scope: "row" }, column),
      h("td", { class: "samples" }, shown.length ? shown.map((value) => h("span", {}, textOf(value))) : h("span", { class: "quiet-text" }, this.rows.length ? "empty" : "not seen")),
      h("td", {}, entry.select),
      h("td", { class: "column-state" }, entry.note),
    );
    return entry;
  }

  #choices() {
    const required = new Set(this.schema.required ?? []);
    const variables = Object.entries(this.schema.properties).map(([name, schema]) => h("option", { value: name }, `${name}${required.has(name) ? " *" : ""} · ${kindOf(schema)}`));
    return [
      h("option", { value: "" }, "— leave out —"),
      h("optgroup", { label: "Variables" }, variables),
      h("optgroup", { label: "Other" }, [...RESERVED].map(([name, label]) => h("option", { value: name }, label))),
    ];
  }

  #choose(entry) {
    entry.target = entry.select.value;
    entry.by = "hand";
    this.#check();
    this.changed();
  }

  #check() {
    const targets = this.entries.map((entry) => entry.target).filter(Boolean);
    this.twice = new Set(targets.filter((target, index) => targets.indexOf(target) !== index));
    for (const entry of this.entries) this.#note(entry);
    const given = new Set(targets);
    this.#share(Object.keys(this.schema.properties).filter((name) => !given.has(name)));
    const left = this.entries.filter((entry) => !entry.target).length;
    this.summary.textContent = this.entries.length ? `${count(targets.length, "column")} used${left ? `, ${left} left out` : ""}.` : "";
  }

  #note(entry) {
    const schema = this.schema.properties[entry.target];
    const wrong = schema ? misfits(entry.values, schema) : 0;
    entry.node.classList.toggle("left-out", !entry.target);
    if (this.twice.has(entry.target)) return this.#say(entry, "bad", "error", "Two columns stand for this");
    if (wrong) return this.#say(entry, "warn", "warning", `${wrong} of ${entry.values.length} looked at ${wrong === 1 ? "is" : "are"} no ${kindOf(schema)}${schema.type === "array" ? ", such as [\"a\",\"b\"]" : ""}`);
    if (REPORT.test(entry.column)) return this.#say(entry, "", "", "report of an earlier failure");
    this.#say(entry, entry.target ? "good" : "", entry.target ? "check" : "", { name: "by name", values: "by its values", hand: "" }[entry.target ? entry.by : "hand"]);
  }

  #say(entry, kind, symbol, text) {
    entry.note.className = `column-note ${kind}`;
    fill(entry.note, symbol && icon(symbol), h("span", {}, text));
  }

  /** Fields for variables without a column: required ones in sight, others folded away. */
  #share(names) {
    const wanted = JSON.stringify([names, this.complete, this.schema]);
    if (this.offered === wanted) return;
    const typed = this.values?.read("", []) ?? {};
    this.offered = wanted;
    const properties = Object.fromEntries(names.map((name) => [name, this.schema.properties[name]]));
    const required = names.filter((name) => this.complete && this.#isRequired(name));
    this.values = new GroupControl({ properties, required }, typed, () => (this.#mind(), this.changed()));
    this.missing = h("div", { class: "banner warn", role: "status" });
    const fields = (some) => some.map((name) => this.values.fields.get(name).node);
    const optional = names.filter((name) => !required.includes(name));
    fill(
      this.shared,
      required.length > 0 && [this.missing, h("div", { class: "shared-fields" }, fields(required))],
      optional.length > 0 && h("details", { class: "help" }, h("summary", {}, `Values for all rows: ${count(optional.length, "more variable")} without a column`), h("div", { class: "shared-fields" }, fields(optional))),
    );
    this.#mind();
  }

  #isRequired(name) {
    return this.schema.required?.includes(name) ?? false;
  }

  /** Required variables without a column and without a value. */
  #missing() {
    const given = this.values.read("", []);
    return [...this.values.fields.keys()].filter((name) => this.complete && this.#isRequired(name) && given[name] === undefined);
  }

  #mind() {
    const missing = this.#missing();
    this.missing.hidden = missing.length === 0;
    fill(
      this.missing,
      icon("warning"),
      h("p", {}, missing.map((name, index) => [index > 0 && ", ", h("code", {}, name)]).flat(), ` ${missing.length === 1 ? "is" : "are"} required, and no column stands for ${missing.length === 1 ? "it" : "them"}. Choose a column above, or give a value for all rows.`),
    );
  }
}

function textOf(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
