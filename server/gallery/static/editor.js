/** One template: a form of its variables, the picture that they make, and everything one needs to use it. */

import { GroupControl, keysOf } from "./controls.js";
import { announce, fill, h, icon } from "./dom.js";
import { Embed } from "./embed.js";
import { Findings } from "./findings.js";
import { OptionsBar } from "./options.js";
import { Preview } from "./preview.js";
import { duration, place } from "./wording.js";

const drafts = new Map(); // values by template, for whoever comes back to a template in this tab

/** The page of one template; follows the catalogue until `close`. */
export class Editor {
  constructor(catalogue, name) {
    this.catalogue = catalogue;
    this.name = name;
    this.preview = new Preview(name);
    this.preview.addEventListener("busy", () => this.stage.classList.add("busy"));
    this.preview.addEventListener("done", (event) => this.#done(event.detail));
    this.preview.addEventListener("failed", (event) => this.#failed(event.detail));
    this.options = new OptionsBar(() => this.#changed());
    this.embed = new Embed();
    this.findings = new Findings();
    this.#build();
    this.update();
  }

  get title() {
    return this.template?.title ?? this.name;
  }

  /** Take over what the catalogue has now. */
  update() {
    const template = this.catalogue.templates.get(this.name);
    const broken = this.catalogue.broken.get(this.name);
    this.#warnOfFault(broken, template);
    this.work.hidden = !template;
    if (template && template.version !== this.template?.version) this.#take(template);
    if (!template) {
      this.template = undefined;
      this.preview.cancel();
      this.heading.textContent = this.name;
      this.about.textContent = broken ? "" : "There is no template of this name.";
      fill(this.facts);
    }
  }

  close() {
    this.preview.cancel();
    if (this.image) URL.revokeObjectURL(this.image.src);
  }

  #build() {
    this.heading = h("h1", { tabindex: "-1" });
    this.about = h("p", { class: "lead" });
    this.facts = h("p", { class: "facts" });
    this.fault = h("div", { class: "banner error", role: "alert", hidden: true });
    this.form = h("form", { class: "form", autocomplete: "off", onsubmit: (event) => event.preventDefault() });
    const reset = h("button", { type: "button", class: "quiet small", onclick: () => this.#reset() }, icon("reset"), "Reset");
    this.picture = h("div", { class: "picture" });
    this.problem = h("div", { class: "banner error", role: "alert", hidden: true });
    this.stage = h("div", { class: "stage" }, h("div", { class: "progress", "aria-hidden": "true" }), this.picture);
    this.work = h(
      "div",
      { class: "work" },
      h("section", { class: "pane variables", "aria-label": "Variables" }, h("div", { class: "pane-head" }, h("h2", {}, "Variables"), reset), this.form),
      h("div", { class: "pane result" }, this.options.node, this.stage, this.problem, this.findings.facts, this.embed.node, this.findings.node),
    );
    const head = h(
      "div",
      { class: "editor-head" },
      h("a", { href: "#/", class: "back" }, icon("back"), "Templates"),
      h("div", { class: "editor-title" }, this.heading, this.facts, h("a", { class: "many", href: `batches#/new?template=${this.name}` }, "Make many from a file")),
      this.about,
    );
    this.node = h("div", { class: "editor" }, head, this.fault, this.work);
  }

  #take(template) {
    const before = this.template;
    this.template = template;
    this.heading.textContent = template.title;
    this.about.textContent = template.description;
    fill(
      this.facts,
      h("span", {}, `${template.width} × ${template.height}`),
      h("span", {}, `cached for ${duration(template.ttl)}`),
      h("span", { class: "version", title: "Version" }, template.version),
    );
    this.options.update(template);
    if (!before || JSON.stringify(before.variables) !== JSON.stringify(template.variables)) {
      const typed = before ? this.fields.read("", []) : drafts.get(this.name);
      this.#fillForm(typed ?? template.example);
    }
    if (before) announce(`${template.title} has changed.`);
    this.#changed(0);
  }

  #fillForm(values) {
    this.fields = new GroupControl(this.template.variables, values, () => this.#changed());
    fill(this.form, this.fields.node.children.length ? this.fields.node : h("p", { class: "quiet-text" }, "This template has no variables."));
  }

  #reset() {
    drafts.delete(this.name);
    this.#fillForm(this.template.example);
    this.#changed(0);
  }

  #changed(delay) {
    const problems = [];
    const variables = this.fields.read("", problems);
    drafts.set(this.name, variables);
    this.#clear();
    if (problems.length) {
      this.preview.cancel();
      this.#mark(problems);
      return;
    }
    this.body = { variables, ...this.options.read() };
    this.preview.show(this.body, this.template.version, delay);
  }

  #done({ answer, timings, headers, blob }) {
    this.#clear();
    const old = this.image;
    this.image = h("img", {
      src: URL.createObjectURL(blob),
      alt: `${this.template.title} with the values of the form`,
      width: answer.width,
      height: answer.height,
    });
    const shown = this.image;
    // Swapped when decoded, so that the picture never flickers.
    shown.decode().catch(() => {}).then(() => {
      if (shown === this.image) fill(this.picture, shown);
      if (old) URL.revokeObjectURL(old.src);
    });
    this.findings.update({ answer, timings, headers });
    this.embed.update(answer, { template: this.name, ...this.body });
    this.stage.classList.remove("busy", "outdated");
  }

  #failed(problem) {
    this.stage.classList.remove("busy");
    this.stage.classList.add("outdated");
    const elsewhere = this.#mark(problem.problems);
    if (problem.problems.length && !elsewhere.length) return;
    const details = elsewhere.length ? elsewhere.map(({ name, message }) => `${name} ${message}`).join("; ") : problem.message;
    this.problem.hidden = false;
    fill(this.problem, icon("error"), h("div", {}, h("p", { class: "banner-title" }, problem.title), h("p", {}, details), problem.requestId && h("p", { class: "origin" }, `Request ${problem.requestId}`)));
  }

  /** Show problems at their fields; returns those that belong to none. */
  #mark(problems) {
    const elsewhere = [];
    const ofOptions = [];
    for (const problem of problems) {
      const name = problem.name.replace(/^(variables|options)\./, "");
      if (name.startsWith("_")) ofOptions.push({ ...problem, name });
      else if (!this.fields.mark(keysOf(name), sentence(problem))) elsewhere.push(problem);
    }
    this.options.mark(ofOptions);
    if (problems.length) {
      this.stage.classList.add("outdated");
      announce(problems.map(({ name, message }) => `${name} ${message}`).join("; "));
    }
    return elsewhere;
  }

  #clear() {
    this.fields.clear();
    this.options.mark([]);
    this.problem.hidden = true;
  }

  #warnOfFault(broken, template) {
    this.fault.hidden = !broken;
    if (!broken) return;
    const source = place(broken);
    const serving = template ? ` Version ${template.version.slice(0, 8)}, the last good one, keeps serving.` : "";
    const title = h("p", { class: "banner-title" }, "This template is broken", source && h("code", {}, source));
    fill(this.fault, icon("error"), h("div", {}, title, h("p", {}, broken.message + serving), excerpt(broken)));
  }
}

/** The line of the source with a mark below the column. */
function excerpt({ line, column, source_line: text }) {
  if (!text) return null;
  const margin = `${line}  `;
  const before = [...text].slice(0, column - 1).map((character) => (character === "\t" ? "\t" : " "));
  return h("pre", { class: "excerpt" }, h("span", {}, margin), `${text}\n`, " ".repeat(margin.length), before.join(""), h("b", {}, "^"));
}

function sentence({ message, expected, got }) {
  const text = message.endsWith(".") ? message.slice(0, -1) : message;
  const wanted = expected && !text.includes(expected) ? `; expected ${expected}` : "";
  return `${text[0].toUpperCase()}${text.slice(1)}${wanted}${got ? `; got ${got}` : ""}.`;
}
