/** Fields of options: labelled inputs, switches, groups of choices; each has a place for what is wrong with it. */

import { fill, h, uniqueId } from "./dom.js";

/** Makes fields and finds them again by the names that problems of the API have. `changed` is called after changes. */
export class OptionFields {
  constructor(changed) {
    this.changed = changed;
    this.byName = new Map();
  }

  /** A labelled input, of which `hint` says more; `beside` are further inputs of the same field. */
  field(label, name, input, hint = "", ...beside) {
    input.id = uniqueId("option");
    const error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
    const about = h("p", { class: "field-hint", id: uniqueId("hint") }, hint);
    input.setAttribute("aria-describedby", `${about.id} ${error.id}`);
    for (const each of [input, ...beside]) each.addEventListener("input", () => this.changed());
    const control = h("div", { class: "option-control" }, input, beside);
    return this.#add(name, { label, input, error, hint: about, node: h("div", { class: "option" }, h("label", { for: input.id }, label), control, about, error) });
  }

  /** Something that is wanted or not. `more` follows below it. */
  switch(label, name, about, ...more) {
    const input = h("input", { type: "checkbox", class: "switch", id: uniqueId("switch"), oninput: () => this.changed() });
    const error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
    const hint = h("p", { class: "field-hint", id: uniqueId("hint") }, about);
    input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
    const below = more.length > 0 && h("div", { class: "switch-more" }, more);
    return this.#add(name, { label, input, error, node: h("div", { class: "switch-field", "data-option": name }, input, h("div", {}, h("label", { for: input.id }, label), hint, error), below) });
  }

  /** A group of which any number may be chosen. */
  group(label, name) {
    const choices = h("div", { class: "choices" });
    const error = h("p", { class: "field-error", hidden: true });
    const node = h("fieldset", { class: "option" }, h("legend", {}, label), choices, error);
    const boxes = () => [...choices.querySelectorAll("input")];
    const read = () => boxes().filter((box) => box.checked).map((box) => box.value);
    const offer = (offered, chosen) => {
      fill(
        choices,
        offered.map(([value, text]) => {
          const box = h("input", { type: "checkbox", value, checked: chosen.includes(value), oninput: () => this.changed() });
          return h("label", { class: "choice" }, box, text);
        }),
      );
    };
    return this.#add(name, { label, node, error, read, offer });
  }

  /** Show problems at their fields; returns those that belong to none. */
  mark(problems) {
    return problems.filter(({ name, message }) => {
      const field = this.#named(name);
      if (!field) return true;
      field.error.textContent = `${message[0].toUpperCase()}${message.slice(1)}`;
      field.error.hidden = false;
      field.input?.setAttribute("aria-invalid", "true");
      const folded = field.node.closest("details");
      if (folded) folded.open = true;
      return false;
    });
  }

  /** What the field is called here that problems of the API call `name`. */
  labelOf(name) {
    return this.#named(name)?.label ?? name;
  }

  clear() {
    for (const { error, input } of this.byName.values()) {
      error.hidden = true;
      input?.removeAttribute("aria-invalid");
    }
  }

  #add(name, field) {
    this.byName.set(name, field);
    return field;
  }

  /** The field of `formats[1]`, of `_w` and of `repeat.every`. */
  #named(name) {
    const plain = name.replace(/[[.]\d+\]?$/, "");
    return this.byName.get(plain) ?? this.byName.get(`options.${plain}`) ?? this.byName.get(plain.split(".")[0]);
  }
}

/** Rarer fields, folded away; the summary tells what they are about, and how many of them say something. */
export class MoreOptions {
  constructor(about, ...fields) {
    this.fields = fields;
    this.about = about;
    this.set = h("span", { class: "quiet-text" });
    this.node = h("details", { class: "help more-options" }, h("summary", {}, "More options ", this.set), h("div", { class: "option-row even" }, fields.map((field) => field.node)));
  }

  update() {
    const said = this.fields.filter(({ input, node }) => input.value && !input.disabled && !node.hidden).length;
    this.set.textContent = said ? `${said} set` : this.about;
    this.set.className = said ? "tag busy" : "quiet-text";
  }
}
