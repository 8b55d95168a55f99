/** What is wanted of a batch beside its rows. */

import { fill, h, uniqueId } from "./dom.js";

const HOUR = 3600;
const UNITS = [["hours", HOUR], ["days", 24 * HOUR], ["weeks", 7 * 24 * HOUR]];
const PREVIEW_BYTES = 300_000; // above, some apps show no preview of a link

/** Fields of options; `changed` is called after every change. */
export class BatchOptions {
  constructor(changed) {
    this.changed = changed;
    this.fields = new Map(); // by the name that problems of the API have
    this.formats = this.#group("Formats", "formats");
    this.variants = this.#group("Variants", "variants");
    this.dpr = this.#field("Pixel ratio", "options._d", h("select", { class: "input" }, [1, 2, 3].map((ratio) => h("option", { value: ratio }, `${ratio}×`))));
    this.quality = this.#field("Quality", "options._q", h("input", { class: "input", type: "number", min: 1, max: 100, placeholder: "auto" }));
    this.locale = this.#field("Locale", "options._l", h("input", { class: "input", type: "text", spellcheck: "false", autocomplete: "off" }));
    this.expires = h("input", { class: "input", type: "number", min: 1, step: 1, placeholder: "never" });
    this.unit = h("select", { class: "input", "aria-label": "Unit of the expiry", oninput: changed }, UNITS.map(([name, seconds]) => h("option", { value: seconds }, name)));
    this.unit.value = 24 * HOUR;
    const expiry = this.#field("URLs expire after", "expires_in", this.expires);
    fill(expiry.control, this.expires, this.unit);
    this.dryRun = this.#switch("Only check the rows", "dry_run", "Reads the whole file and tells what is wrong. Renders nothing.");
    this.pilot = this.#switch("Show first pictures before the rest", "pilot", "Then waits for your approval.");
    this.pilot.input.checked = true;
    this.pilotRows = h("input", { class: "input", type: "number", min: 1, max: 1000, value: 12, "aria-label": "Rows that are rendered first", oninput: changed });
    this.pilot.node.append(h("div", { class: "switch-more" }, this.pilotRows, " rows first"));
    this.warm = this.#switch("Warm the edge", "warm_edge", "Fetches every picture once through the edge, so that readers find it there.");
    this.duplicates = this.#switch("Look for duplicates", "checks.duplicates", "Reports pictures of different rows that look the same.");
    this.contrast = this.#switch("Look for low contrast", "checks.contrast", "Costs some tenths of a second a picture.");
    this.size = this.#switch("Look for large files", "checks.max_bytes", "Some apps show no preview of a link above 300 KB.");
    this.sizeBytes = h("input", { class: "input", type: "number", min: 1, step: "any", value: PREVIEW_BYTES / 1000, "aria-label": "Largest file in KB", oninput: changed });
    this.size.node.append(h("div", { class: "switch-more" }, "above ", this.sizeBytes, " KB"));
    this.webhook = this.#field("Webhook URL", "webhook_url", h("input", { class: "input", type: "url", inputmode: "url", placeholder: "https://", spellcheck: "false", autocomplete: "off" }));
    this.webhook.hint.textContent = "Gets a signed message when the batch ends, or waits for approval.";
    this.names = this.#field("File names in the ZIP", "names", h("input", { class: "input code-input", type: "text", placeholder: "{_id}_{variant}.{ext}", spellcheck: "false", autocomplete: "off" }));
    this.names.hint.textContent = "{index}, {_id}, {variant}, {ext}, {etag} and variables; / makes folders.";
    this.pictures = h("div", { class: "option-grid" }, this.formats.node, this.variants.node, h("div", { class: "option-row" }, this.dpr.node, this.quality.node, this.locale.node, expiry.node));
    this.running = h(
      "div",
      { class: "option-grid" },
      h("div", { class: "switches" }, [this.pilot, this.dryRun, this.size, this.duplicates, this.contrast, this.warm].map((each) => each.node)),
      h("div", { class: "option-row wide" }, this.webhook.node, this.names.node),
    );
    this.#fit();
  }

  /** Offer what a template offers, keeping what is chosen where it still exists. */
  update(template) {
    const chosen = this.formats.read();
    this.formats.offer(template.formats.map((name) => [name, name.toUpperCase()]), chosen.some((name) => template.formats.includes(name)) ? chosen : ["png"]);
    const names = this.variants.read();
    this.variants.offer([["", "Default"], ...template.variants.map((name) => [name, name])], names.length ? names : [""]);
    this.variants.node.hidden = template.variants.length === 0;
    this.locale.input.placeholder = template.locale;
    this.#fit();
  }

  /** The members of the API's body; what can't be said is added to `problems`. */
  read(problems) {
    const body = { formats: this.formats.read() };
    if (!body.formats.length) problems.push({ name: "formats", message: "need at least one." });
    const variants = this.variants.node.hidden ? [""] : this.variants.read();
    if (!variants.length) problems.push({ name: "variants", message: "need at least one." });
    if (variants.join() !== "") body.variants = variants.map((name) => name || null);
    const output = {};
    if (this.dpr.input.value !== "1") output._d = Number(this.dpr.input.value);
    if (this.quality.input.value && !this.quality.node.hidden) output._q = Number(this.quality.input.value);
    if (this.locale.input.value.trim()) output._l = this.locale.input.value.trim();
    if (Object.keys(output).length) body.options = output;
    if (this.expires.value) body.expires_in = Math.round(Number(this.expires.value) * Number(this.unit.value));
    if (this.dryRun.input.checked) body.dry_run = true;
    else if (this.pilot.input.checked) body.pilot = numberOf(this.pilotRows, "pilot", problems);
    if (!body.dry_run) Object.assign(body, this.#later(problems));
    if (this.webhook.input.value.trim()) body.webhook_url = this.webhook.input.value.trim();
    return body;
  }

  /** Show problems at their fields; returns those that belong to none. */
  mark(problems) {
    return problems.filter(({ name, message }) => {
      const field = this.#named(name);
      if (!field) return true;
      field.error.textContent = `${message[0].toUpperCase()}${message.slice(1)}`;
      field.error.hidden = false;
      field.input?.setAttribute("aria-invalid", "true");
      return false;
    });
  }

  /** What the field is called here that problems of the API call `name`. */
  labelOf(name) {
    return this.#named(name)?.label ?? name;
  }

  clear() {
    for (const { error, input } of this.fields.values()) {
      error.hidden = true;
      input?.removeAttribute("aria-invalid");
    }
  }

  #named(name) {
    return this.fields.get(name.replace(/[[.]\d+\]?$/, "")) ?? this.fields.get(`options.${name}`);
  }

  /** What a check of rows has no use for. */
  #later(problems) {
    const body = {};
    const checks = {};
    if (this.size.input.checked) checks.max_bytes = Math.round(numberOf(this.sizeBytes, "checks.max_bytes", problems) * 1000);
    if (this.duplicates.input.checked) checks.duplicates = true;
    if (this.contrast.input.checked) checks.contrast = true;
    if (Object.keys(checks).length) body.checks = checks;
    if (this.warm.input.checked) body.warm_edge = true;
    if (this.names.input.value.trim()) body.names = this.names.input.value.trim();
    return body;
  }

  #fit() {
    const lossless = this.formats.read().every((name) => name === "png");
    this.quality.node.hidden = lossless;
    for (const each of [this.pilot, this.warm, this.duplicates, this.contrast, this.size]) each.input.disabled = this.dryRun.input.checked;
    this.pilotRows.disabled = !this.pilot.input.checked || this.dryRun.input.checked;
    this.sizeBytes.disabled = !this.size.input.checked || this.dryRun.input.checked;
  }

  #field(label, name, input) {
    input.id = uniqueId("option");
    const error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
    const hint = h("p", { class: "field-hint", id: uniqueId("hint") });
    input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
    input.addEventListener("input", () => (this.#fit(), this.changed()));
    const control = h("div", { class: "option-control" }, input);
    const field = { label, input, error, hint, control, node: h("div", { class: "option" }, h("label", { for: input.id }, label), control, hint, error) };
    this.fields.set(name, field);
    return field;
  }

  #switch(label, name, about) {
    const input = h("input", { type: "checkbox", class: "switch", id: uniqueId("switch"), oninput: () => (this.#fit(), this.changed()) });
    const error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
    const hint = h("p", { class: "field-hint", id: uniqueId("hint") }, about);
    input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
    const field = { label, input, error, node: h("div", { class: "switch-field", "data-option": name }, input, h("div", {}, h("label", { for: input.id }, label), hint, error)) };
    this.fields.set(name, field);
    return field;
  }

  /** A group of which any number may be chosen. */
  #group(label, name) {
    const choices = h("div", { class: "choices" });
    const error = h("p", { class: "field-error", hidden: true });
    const node = h("fieldset", { class: "option" }, h("legend", {}, label), choices, error);
    const boxes = () => [...choices.querySelectorAll("input")];
    const group = {
      label,
      node,
      error,
      read: () => boxes().filter((box) => box.checked).map((box) => box.value),
      offer: (offered, chosen) => {
        fill(
          choices,
          offered.map(([value, text]) => {
            const box = h("input", { type: "checkbox", value, checked: chosen.includes(value), oninput: () => (this.#fit(), this.changed()) });
            return h("label", { class: "choice" }, box, text);
          }),
        );
      },
    };
    this.fields.set(name, group);
    return group;
  }
}

function numberOf(input, name, problems) {
  if (!input.value || !input.validity.valid) problems.push({ name, message: `must be a number from ${input.min}${input.max ? ` to ${input.max}` : ""}.` });
  return Number(input.value);
}
