/**
 * Form controls made from JSON Schema. Every control has
 *   node                    its element
 *   read(path, problems)    its value, or undefined if nothing is given; what can't be read is added to `problems`
 *   mark(path, message)     show a problem at itself or at the part of it that `path` (array of keys) leads to
 *   clear()                 take all marks away
 */

import { fill, h, icon, uniqueId } from "./dom.js";
import { constraintsOf, kindOf } from "./wording.js";

const LONG_TEXT = 80; // characters; texts that may be longer get a field that grows

/** The control for a schema, holding `value`; `changed` is called after every change. `name` is what it is called. */
export function makeControl(schema, value, changed, name) {
  if (schema.enum) return choice(schema, value, changed, name);
  switch (schema.type) {
    case "string":
      return text(schema, value, changed, name);
    case "number":
    case "integer":
      return number(schema, value, changed, name);
    case "boolean":
      return checkbox(schema, value, changed, name);
    case "array":
      return schema.items ? new ListControl(schema, value, changed, name) : json(schema, value, changed, name);
    default:
      return schema.properties ? new GroupControl(schema, value, changed, name) : json(schema, value, changed, name);
  }
}

/** Labelled fields of an object, one for each property. The root of a form is one of these. */
export class GroupControl {
  constructor(schema, value, changed, name = "") {
    this.fields = new Map();
    const required = new Set(schema.required ?? []);
    for (const [key, property] of Object.entries(schema.properties)) {
      this.fields.set(key, new Field(key, property, required.has(key), value?.[key], changed));
    }
    const nodes = [...this.fields.values()].map((field) => field.node);
    this.node = name ? h("div", { class: "group", role: "group", "aria-label": name }, nodes) : h("div", {}, nodes);
  }

  read(path, problems) {
    const result = {};
    for (const [key, field] of this.fields) {
      const value = field.control.read(path ? `${path}.${key}` : key, problems);
      if (value !== undefined) result[key] = value;
    }
    return Object.keys(result).length || !path ? result : undefined;
  }

  mark([key, ...rest], message) {
    return this.fields.get(key)?.mark(rest, message) ?? false;
  }

  clear() {
    for (const field of this.fields.values()) field.clear();
  }
}

/** One labelled control with its description, its constraints and the place where its problems are shown. */
class Field {
  constructor(name, schema, required, value, changed) {
    this.counter = schema.maxLength ? h("span", { class: "counter", "aria-hidden": "true" }) : null;
    this.limit = schema.maxLength;
    this.control = makeControl(schema, value, () => (this.#count(), changed()), name);
    this.error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
    const hint = [kindOf(schema), required ? "required" : null, ...constraintsOf(schema)].filter(Boolean).join(" · ");
    const about = h("p", { class: "field-hint", id: uniqueId("hint") }, hint);
    this.description = `${about.id} ${this.error.id}`;
    const input = this.control.input;
    const caption = [h("span", { class: "field-name" }, name), required && h("span", { class: "required" }, "*")];
    const label = input
      ? h("label", { for: input.id, class: "field-label" }, caption)
      : h("span", { class: "field-label" }, caption);
    input?.setAttribute("aria-describedby", this.description);
    if (required) input?.setAttribute("aria-required", "true");
    this.node = h(
      "div",
      { class: "field", "data-variable": name },
      h("div", { class: "field-head" }, label, this.counter),
      schema.description && h("p", { class: "field-about" }, schema.description),
      this.control.node,
      about,
      this.error,
    );
    this.#count();
  }

  mark(path, message) {
    if (path.length && this.control.mark(path, message)) return true;
    this.error.textContent = message;
    this.error.hidden = false;
    this.node.classList.add("wrong");
    this.control.input?.setAttribute("aria-invalid", "true");
    return true;
  }

  clear() {
    this.error.hidden = true;
    this.error.textContent = "";
    this.node.classList.remove("wrong");
    this.control.input?.removeAttribute("aria-invalid");
    this.control.clear();
  }

  #count() {
    if (!this.counter) return;
    const length = [...this.control.input.value].length;
    this.counter.textContent = `${length}/${this.limit}`;
    this.counter.classList.toggle("over", length > this.limit);
  }
}

/** Items that can be added, removed and moved. */
class ListControl {
  constructor(schema, value, changed, name) {
    this.schema = schema;
    this.changed = changed;
    this.name = name;
    this.list = h("ol", { class: "items" });
    this.adder = h(
      "button",
      { type: "button", class: "small", onclick: () => this.#add(undefined, true) },
      icon("add"),
      `Add ${kindOf(schema.items)}`,
    );
    this.node = h("div", { class: "list", role: "group", "aria-label": name }, this.list, this.adder);
    this.items = [];
    for (const item of Array.isArray(value) ? value : []) this.#add(item, false);
    this.#number();
  }

  read(path, problems) {
    const values = this.items.map((item, index) => item.control.read(`${path}[${index}]`, problems) ?? "");
    return values.length ? values : undefined;
  }

  mark([index, ...rest], message) {
    const item = this.items[index];
    if (!item) return false;
    if (rest.length && item.control.mark(rest, message)) return true;
    item.node.classList.add("wrong");
    item.error.textContent = message;
    item.error.hidden = false;
    item.control.input?.setAttribute("aria-invalid", "true");
    return true;
  }

  clear() {
    for (const item of this.items) {
      item.node.classList.remove("wrong");
      item.error.hidden = true;
      item.control.input?.removeAttribute("aria-invalid");
      item.control.clear();
    }
  }

  #add(value, byHand) {
    const item = { error: h("p", { class: "field-error", id: uniqueId("error"), hidden: true }) };
    item.control = makeControl(this.schema.items, value, this.changed, `${this.name} item`);
    item.control.input?.setAttribute("aria-describedby", item.error.id);
    const button = (label, name, action) =>
      h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick: action }, icon(name));
    item.up = button("Move up", "up", () => this.#move(item, -1));
    item.down = button("Move down", "down", () => this.#move(item, 1));
    const remove = button("Remove", "remove", () => this.#remove(item));
    item.node = h(
      "li",
      { class: "item" },
      h("div", { class: "item-row" }, item.control.node, h("span", { class: "tools" }, item.up, item.down, remove)),
      item.error,
    );
    this.items.push(item);
    this.list.append(item.node);
    if (byHand) {
      this.#number();
      item.node.querySelector("input, textarea, select")?.focus();
      this.changed();
    }
  }

  #move(item, by) {
    const from = this.items.indexOf(item);
    this.items.splice(from, 1);
    this.items.splice(from + by, 0, item);
    fill(this.list, ...this.items.map((each) => each.node));
    this.#number();
    const button = by < 0 ? item.up : item.down;
    (button.disabled ? (by < 0 ? item.down : item.up) : button).focus();
    this.changed();
  }

  #remove(item) {
    const index = this.items.indexOf(item);
    this.items.splice(index, 1);
    item.node.remove();
    this.#number();
    const next = this.items[Math.min(index, this.items.length - 1)];
    (next?.node.querySelector(".tools button:last-child") ?? this.adder).focus();
    this.changed();
  }

  #number() {
    this.items.forEach((item, index) => {
      item.up.disabled = index === 0;
      item.down.disabled = index === this.items.length - 1;
      item.control.input?.setAttribute("aria-label", `${this.name}, item ${index + 1}`);
    });
    this.adder.disabled = this.items.length >= (this.schema.maxItems ?? Infinity);
  }
}

function text(schema, value, changed, name) {
  if (schema.format === "color") return color(value, changed, name);
  const isDate = schema.format === "date" && /^(\d{4}-\d\d-\d\d)?$/.test(value ?? "");
  const long = !schema.format && (schema.maxLength ?? Infinity) > LONG_TEXT;
  const attributes = {
    class: "input",
    type: long ? null : isDate ? "date" : "text",
    rows: long ? 1 : null,
    inputmode: schema.format?.startsWith("uri") ? "url" : null,
    placeholder: schema.format === "date-time" ? "2026-11-21T09:30:00Z" : shown(schema.default),
    autocomplete: "off",
    spellcheck: schema.format ? "false" : null,
  };
  return leaf(h(long ? "textarea" : "input", attributes), value, changed, name, (input) => input.value || undefined);
}

function number(schema, value, changed, name) {
  const step = schema.type === "integer" ? 1 : "any";
  const { minimum: min, maximum: max } = schema;
  const input = h("input", { class: "input", type: "number", step, min, max, placeholder: shown(schema.default) });
  return leaf(input, value, changed, name, (field, path, problems) => {
    if (field.validity.badInput) problems.push({ name: path, message: "is no number" });
    if (!field.value) return undefined;
    // A number with more digits than JavaScript keeps travels as the text that was typed.
    return String(Number(field.value)) === field.value ? Number(field.value) : field.value;
  });
}

function checkbox(schema, value, changed, name) {
  const input = h("input", { type: "checkbox", class: "switch" });
  input.checked = value ?? schema.default ?? false;
  return leaf(input, undefined, changed, name, (field) => field.checked);
}

function choice(schema, value, changed, name) {
  const labels = schema.enum.map(String);
  const unset = schema.default === undefined ? "—" : `Default (${schema.default})`;
  const input = h(
    "select",
    { class: "input" },
    h("option", { value: "" }, unset),
    labels.map((label, index) => h("option", { value: index }, label)),
  );
  const chosen = labels.indexOf(String(value));
  return leaf(input, chosen < 0 ? "" : String(chosen), changed, name, (field) => schema.enum[field.value]);
}

function color(value, changed, name) {
  const picker = h("input", { type: "color", class: "swatch", "aria-label": `Pick ${name}` });
  const input = h("input", { class: "input", type: "text", placeholder: "#4f46e5", autocomplete: "off", spellcheck: "false" });
  const follow = () => {
    const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(input.value);
    if (/^#[0-9a-f]{6}$/i.test(input.value)) picker.value = input.value;
    else if (short) picker.value = `#${short.slice(1).map((digit) => digit + digit).join("")}`;
  };
  const control = leaf(input, value, () => (follow(), changed()), name, (field) => field.value || undefined);
  picker.addEventListener("input", () => {
    input.value = picker.value;
    input.dispatchEvent(new Event("input"));
  });
  follow();
  return { ...control, node: h("div", { class: "color" }, picker, input) };
}

function json(schema, value, changed, name) {
  const input = h("textarea", { class: "input code", rows: 3, spellcheck: "false", autocomplete: "off" });
  const shownValue = value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
  return leaf(input, shownValue, changed, name, (field, path, problems) => {
    if (!field.value.trim()) return undefined;
    try {
      return JSON.parse(field.value);
    } catch (error) {
      problems.push({ name: path, message: `is no JSON: ${error.message}` });
      return undefined;
    }
  });
}

/** A control that is one element. */
function leaf(input, value, changed, name, read) {
  input.id = uniqueId("field");
  input.setAttribute("data-field", name);
  if (value !== undefined && value !== null) input.value = value;
  input.addEventListener("input", changed);
  return { node: input, input, read: (path, problems) => read(input, path, problems), mark: () => false, clear: () => {} };
}

function shown(value) {
  return value === undefined ? null : String(value);
}

/** `tags[2].name` as the keys that lead there. */
export function keysOf(path) {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => (index === undefined ? key : Number(index)));
}
