/** All templates with their examples. */

import { localUrl, sign } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { count, place } from "./wording.js";

/** The page of all templates; follows the catalogue until `close`. */
export class Overview {
  constructor(catalogue) {
    this.catalogue = catalogue;
    this.cards = new Map();
    this.summary = h("p", { class: "lead" });
    this.search = h("input", {
      class: "input",
      type: "search",
      placeholder: "Find a template",
      "aria-label": "Find a template",
      oninput: () => this.#filter(),
    });
    this.grid = h("ul", { class: "grid" });
    this.nothing = h("p", { class: "nothing", hidden: true });
    this.node = h(
      "div",
      { class: "overview" },
      h(
        "div",
        { class: "overview-head" },
        h("div", {}, h("h1", {}, "Templates"), this.summary),
        h("div", { class: "search" }, icon("search"), this.search),
      ),
      this.grid,
      this.nothing,
    );
    this.update();
  }

  get title() {
    return "Templates";
  }

  /** Take over what the catalogue has now. */
  update() {
    const { templates, broken } = this.catalogue;
    const names = [...new Set([...templates.keys(), ...broken.keys()])].sort();
    for (const name of this.cards.keys()) if (!names.includes(name)) this.cards.delete(name);
    for (const name of names) {
      if (!this.cards.has(name)) this.cards.set(name, new Card(name));
      this.cards.get(name).update(templates.get(name), broken.get(name));
    }
    const nodes = names.map((name) => this.cards.get(name).node);
    if (nodes.length !== this.grid.children.length || nodes.some((node, i) => node !== this.grid.children[i])) {
      fill(this.grid, nodes);
    }
    const faults = broken.size ? ` · ${broken.size} broken` : "";
    this.summary.textContent = `${count(templates.size, "template")}${faults}. Open one to try its variables and copy signed URLs.`;
    this.#filter();
  }

  close() {}

  #filter() {
    const wanted = this.search.value.trim().toLowerCase();
    let visible = 0;
    for (const card of this.cards.values()) {
      card.node.hidden = !card.words.includes(wanted);
      if (!card.node.hidden) visible += 1;
    }
    this.nothing.hidden = visible > 0;
    this.nothing.textContent = this.cards.size
      ? "No template matches."
      : "There are no templates yet. Make one with: signet init hello";
  }
}

/** One template. */
class Card {
  constructor(name) {
    this.name = name;
    this.shown = ""; // the version whose picture is shown
    this.words = name;
    this.picture = h("div", { class: "card-picture" });
    this.title = h("h2", { class: "card-title" });
    this.about = h("p", { class: "card-about" });
    this.facts = h("p", { class: "facts" });
    this.fault = h("p", { class: "card-fault", hidden: true });
    this.node = h(
      "li",
      { class: "card", "data-template": name },
      h(
        "a",
        { href: `#/${name}`, class: "card-link" },
        this.picture,
        h("div", { class: "card-body" }, this.title, this.about, this.fault, this.facts),
      ),
    );
  }

  update(template, broken) {
    this.words = [this.name, template?.title, template?.description].join(" ").toLowerCase();
    this.title.textContent = template?.title ?? this.name;
    this.about.textContent = template?.description ?? "";
    this.fault.hidden = !broken;
    if (broken) fill(this.fault, icon("error"), h("span", {}, place(broken) && h("code", {}, place(broken)), " ", broken.message));
    this.node.classList.toggle("broken", Boolean(broken));
    if (!template) {
      this.shown = "";
      fill(this.facts, h("span", {}, this.name));
      fill(this.picture, h("p", { class: "picture-text" }, "No version of this template works yet."));
      return;
    }
    const facts = [`${template.width} × ${template.height}`, count(Object.keys(template.variables.properties).length, "variable")];
    if (template.variants.length) facts.push(count(template.variants.length, "variant"));
    fill(this.facts, facts.map((fact) => h("span", {}, fact)), h("span", { class: "version", title: "Version" }, template.version.slice(0, 8)));
    if (this.shown !== template.version) {
      this.shown = template.version;
      this.#show(template);
    }
  }

  async #show(template) {
    // Pinned to its version: the browser may keep this picture, and a changed template has another address.
    const body = { template: template.name, variables: template.example, options: { _v: template.version } };
    try {
      const { url } = await sign(body);
      if (this.shown !== template.version) return;
      const image = h("img", {
        src: localUrl(url),
        alt: `Example of ${template.title}`,
        width: template.width,
        height: template.height,
        loading: "lazy",
        decoding: "async",
        onerror: () => this.#apologise("The example can't be rendered. Open the template to see why."),
      });
      fill(this.picture, image);
    } catch (problem) {
      if (this.shown === template.version) this.#apologise(problem.message);
    }
  }

  #apologise(text) {
    fill(this.picture, h("p", { class: "picture-text" }, text));
  }
}
