/** Output options of a picture: format, pixel ratio, variant, locale, quality, pinned version. */

import { fill, h, uniqueId } from "./dom.js";

const LABELS = { _d: "Pixel ratio", _variant: "Variant", _l: "Locale", _q: "Quality", _v: "Version" };

/** The row of options; `changed` is called after every change. */
export class OptionsBar {
  constructor(changed) {
    this.changed = changed;
    this.format = this.#select("Format");
    this.dpr = this.#select("Pixel ratio");
    fill(this.dpr.input, [1, 2, 3].map((ratio) => h("option", { value: ratio }, `${ratio}×`)));
    this.variant = this.#select("Variant");
    this.locales = h("datalist", { id: uniqueId("locales") });
    this.locale = this.#labelled("Locale", h("input", { class: "input", type: "text", list: this.locales.id, size: 7, spellcheck: "false", autocomplete: "off" }));
    this.quality = this.#labelled("Quality", h("input", { class: "input", type: "number", min: 1, max: 100, placeholder: "auto" }));
    const pin = h("input", { type: "checkbox", class: "switch", id: uniqueId("pin"), oninput: changed });
    this.pin = { input: pin, node: h("label", { class: "option pin", for: pin.id }, h("span", {}, "Pin version"), pin) };
    this.problem = h("p", { class: "field-error", hidden: true });
    const all = [this.format, this.dpr, this.variant, this.locale, this.quality, this.pin];
    this.node = h("div", { class: "options", role: "group", "aria-label": "Output" }, all.map((option) => option.node), this.locales, this.problem);
  }

  /** Offer what a template offers. */
  update(template) {
    this.version = template.version;
    offer(this.format.input, template.formats.map((name) => [name, name.toUpperCase()]));
    offer(this.variant.input, [["", "Default"], ...template.variants.map((name) => [name, name])]);
    this.variant.node.hidden = template.variants.length === 0;
    this.locale.input.placeholder = template.locale;
    fill(this.locales, template.locales.map((tag) => h("option", { value: tag })));
    this.#fit();
  }

  /** Format and options as the API takes them. */
  read() {
    const options = {};
    if (this.dpr.input.value !== "1") options._d = Number(this.dpr.input.value);
    if (this.variant.input.value) options._variant = this.variant.input.value;
    if (this.locale.input.value.trim()) options._l = this.locale.input.value.trim();
    if (!this.quality.node.hidden && this.quality.input.value) options._q = Number(this.quality.input.value);
    if (this.pin.input.checked) options._v = this.version;
    return { format: this.format.input.value, options };
  }

  /** Show problems of options, or that there are none. */
  mark(problems) {
    this.problem.textContent = problems.map(({ name, message }) => `${LABELS[name] ?? name} ${message}`).join("; ");
    this.problem.hidden = problems.length === 0;
  }

  #fit() {
    this.quality.node.hidden = this.format.input.value === "png";
  }

  #select(label) {
    return this.#labelled(label, h("select", { class: "input" }));
  }

  #labelled(label, input) {
    input.id = uniqueId("option");
    input.addEventListener("input", () => (this.#fit(), this.changed()));
    return { input, node: h("div", { class: "option" }, h("label", { for: input.id }, label), input) };
  }
}

/** Other choices, keeping the chosen one where it still exists. */
function offer(select, choices) {
  const chosen = select.value;
  fill(select, choices.map(([value, label]) => h("option", { value }, label)));
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}
