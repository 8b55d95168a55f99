/** What is wanted of a batch beside its rows. */

import { fill, h } from "./dom.js";
import { MoreOptions, OptionFields } from "./option_fields.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EXPIRY_UNITS = [["hours", HOUR], ["days", DAY], ["weeks", 7 * DAY]];
const REPEAT_UNITS = [["minutes", MINUTE], ["hours", HOUR], ["days", DAY]];
const PREVIEW_BYTES = 300_000; // above, some apps show no preview of a link
const EVERY = "every"; // beside the names of bindings, which come behind a colon

/** Fields of options; `changed` is called after every change. */
export class BatchOptions {
  constructor(changed) {
    this.fields = new OptionFields(() => (this.#fit(), changed()));
    this.#buildPictures();
    this.#buildRunning();
    this.offerBuckets([]);
    this.#offerRepeats([]);
    this.#fit();
  }

  /** Whether rows are only checked. */
  get isCheck() {
    return this.dryRun.input.checked;
  }

  /** Offer what a template offers, keeping what is chosen where it still exists. */
  update(template) {
    const chosen = this.formats.read();
    this.formats.offer(template.formats.map((name) => [name, name.toUpperCase()]), chosen.some((name) => template.formats.includes(name)) ? chosen : ["png"]);
    const names = this.variants.read();
    this.variants.offer([["", "Default"], ...template.variants.map((name) => [name, name])], names.length ? names : [""]);
    this.variants.node.hidden = template.variants.length === 0;
    this.locale.input.placeholder = template.locale;
    this.width.input.placeholder = template.width;
    this.height.input.placeholder = template.height;
    for (const side of [this.width, this.height]) side.node.hidden = !template.allow_size;
    this.#fit();
  }

  /** Offer what only the whole description of a template tells: its versions, and data that is pushed. */
  describe({ version, versions, bindings }) {
    offer(this.version.input, [["", "Newest"], ...versions.map((each) => [each, each === version ? `${each} (now)` : each])]);
    this.#offerRepeats(bindings.filter((binding) => binding.source === "push").map((binding) => binding.name));
    this.#fit();
  }

  /** Offer buckets to export to; without any there is no export. */
  offerBuckets(buckets) {
    offer(this.bucket.input, [["", "No copy"], ...buckets.map((name) => [name, name])]);
    this.bucket.node.hidden = buckets.length === 0;
    this.#fit();
  }

  /** The members of the API's body; what can't be said is added to `problems`. */
  read(problems) {
    const body = { formats: this.formats.read() };
    if (!body.formats.length) problems.push({ name: "formats", message: "need at least one." });
    const variants = this.variants.node.hidden ? [""] : this.variants.read();
    if (!variants.length) problems.push({ name: "variants", message: "need at least one." });
    if (variants.join() !== "") body.variants = variants.map((name) => name || null);
    const output = this.#output(problems);
    if (Object.keys(output).length) body.options = output;
    if (said(this.expires)) body.expires_in = Math.round(numberOf(this.expires.input, "expires_in", problems) * Number(this.expiresUnit.value));
    if (this.isCheck) body.dry_run = true;
    else if (this.pilot.input.checked) body.pilot = numberOf(this.pilotRows, "pilot", problems);
    if (!body.dry_run) Object.assign(body, this.#later(problems));
    if (said(this.webhook)) body.webhook_url = this.webhook.input.value.trim();
    if (said(this.note)) body.metadata = { note: this.note.input.value.trim() };
    return body;
  }

  mark(problems) {
    return this.fields.mark(problems);
  }

  labelOf(name) {
    return this.fields.labelOf(name);
  }

  clear() {
    this.fields.clear();
  }

  #buildPictures() {
    const { fields } = this;
    this.formats = fields.group("Formats", "formats");
    this.variants = fields.group("Variants", "variants");
    this.dpr = fields.field("Pixel ratio", "options._d", h("select", { class: "input" }, [1, 2, 3].map((ratio) => h("option", { value: ratio }, `${ratio}×`))));
    this.quality = fields.field("Quality", "options._q", number({ min: 1, max: 100, placeholder: "auto" }));
    this.width = fields.field("Width", "options._w", number({ min: 1, max: 99_999 }), "CSS pixels.");
    this.height = fields.field("Height", "options._h", number({ min: 1, max: 99_999 }), "CSS pixels.");
    this.locale = fields.field("Locale", "options._l", text());
    this.expiresUnit = units("Unit of the expiry", EXPIRY_UNITS, DAY);
    this.expires = fields.field("URLs expire after", "expires_in", number({ min: 1, placeholder: "never" }), "", this.expiresUnit);
    this.version = fields.field("Version", "options._v", h("select", { class: "input" }), "A pinned version stays, whatever becomes of the template.");
    this.morePictures = new MoreOptions("size, locale, expiry, version", this.width, this.height, this.locale, this.expires, this.version);
    this.pictures = h("div", { class: "option-grid" }, this.formats.node, this.variants.node, h("div", { class: "option-row" }, this.dpr.node, this.quality.node), this.morePictures.node);
  }

  #buildRunning() {
    const { fields } = this;
    this.pilotRows = number({ min: 1, max: 1000, step: 1, value: 12, "aria-label": "Rows that are rendered first", oninput: () => fields.changed() });
    this.pilot = fields.switch("Show first pictures before the rest", "pilot", "Then waits for your approval.", this.pilotRows, " rows first");
    this.pilot.input.checked = true;
    this.dryRun = fields.switch("Only check the rows", "dry_run", "Reads the whole file and tells what is wrong. Renders nothing.");
    this.sizeBytes = number({ min: 1, step: "any", value: PREVIEW_BYTES / 1000, "aria-label": "Largest file in KB", oninput: () => fields.changed() });
    this.size = fields.switch("Look for large files", "checks.max_bytes", "Some apps show no preview of a link above 300 KB.", "above ", this.sizeBytes, " KB");
    this.duplicates = fields.switch("Look for duplicates", "checks.duplicates", "Reports pictures of different rows that look the same.");
    this.contrast = fields.switch("Look for low contrast", "checks.contrast", "Costs some tenths of a second a picture.");
    this.warm = fields.switch("Warm the edge", "warm_edge", "Fetches every picture once through the edge, so that readers find it there.");
    this.webhook = fields.field("Webhook URL", "webhook_url", text({ type: "url", inputmode: "url", placeholder: "https://" }), "Gets a signed message when the batch ends, or waits for approval.");
    this.names = fields.field("File names in the ZIP", "names", text({ class: "input code-input", placeholder: "{_id}_{variant}.{ext}" }), "{index}, {_id}, {variant}, {ext}, {etag} and variables; / makes folders.");
    this.every = number({ min: 1, value: 24, "aria-label": "Time from the end of a run to the next" });
    this.everyUnit = units("Unit of the time to the next run", REPEAT_UNITS, HOUR);
    this.repeat = fields.field("Run again", "repeat", h("select", { class: "input" }), "Renders only what has changed, until you stop it.", this.every, this.everyUnit);
    this.bucket = fields.field("Copy pictures to", "export", h("select", { class: "input" }), "A bucket of the server's storage, with a manifest.");
    this.prefix = fields.field("Folder in the bucket", "export.prefix", text({ class: "input code-input", placeholder: "launch/", maxlength: 500 }), "What all names begin with.");
    this.note = fields.field("Note", "metadata.note", text({ maxlength: 500 }), "To find this batch again; webhooks and answers have it too.");
    this.moreRunning = new MoreOptions("repeat, export, file names, note", this.repeat, this.bucket, this.prefix, this.names, this.note);
    const switches = [this.pilot, this.dryRun, this.size, this.duplicates, this.contrast, this.warm];
    this.running = h("div", { class: "option-grid" }, h("div", { class: "switches" }, switches.map((each) => each.node)), h("div", { class: "option-row wide" }, this.webhook.node), this.moreRunning.node);
  }

  #output(problems) {
    const output = {};
    if (this.dpr.input.value !== "1") output._d = Number(this.dpr.input.value);
    for (const [name, field] of [["_q", this.quality], ["_w", this.width], ["_h", this.height]]) {
      if (said(field)) output[name] = numberOf(field.input, `options.${name}`, problems);
    }
    if (said(this.locale)) output._l = this.locale.input.value.trim();
    if (said(this.version)) output._v = this.version.input.value;
    return output;
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
    if (said(this.names)) body.names = this.names.input.value.trim();
    if (said(this.bucket)) body.export = { bucket: this.bucket.input.value, prefix: this.prefix.input.value.trim() };
    const again = this.repeat.input.value;
    if (again === EVERY) body.repeat = { every: Math.round(numberOf(this.every, "repeat", problems) * Number(this.everyUnit.value)) };
    else if (again) body.repeat = { on_push: again.slice(1) };
    return body;
  }

  #offerRepeats(bindings) {
    offer(this.repeat.input, [["", "Never"], [EVERY, "Every"], ...bindings.map((name) => [`:${name}`, `When ${name} is pushed`])]);
  }

  /** Show and enable what means something beside what is chosen. */
  #fit() {
    const check = this.isCheck;
    this.quality.node.hidden = this.formats.read().every((name) => name === "png");
    for (const { input } of [this.pilot, this.warm, this.duplicates, this.contrast, this.size, this.names, this.repeat, this.bucket, this.prefix]) input.disabled = check;
    this.pilotRows.disabled = !this.pilot.input.checked || check;
    this.sizeBytes.disabled = !this.size.input.checked || check;
    for (const each of [this.every, this.everyUnit]) {
      each.hidden = this.repeat.input.value !== EVERY;
      each.disabled = check;
    }
    this.prefix.node.hidden = !this.bucket.input.value;
    this.morePictures.update();
    this.moreRunning.update();
  }
}

/** Whether a field has a value that counts. */
function said({ input, node }) {
  return !node.hidden && !input.disabled && (input.value.trim() !== "" || input.validity.badInput);
}

function number(attributes) {
  return h("input", { class: "input", type: "number", step: 1, ...attributes });
}

function text(attributes = {}) {
  return h("input", { class: "input", type: "text", spellcheck: "false", autocomplete: "off", ...attributes });
}

function units(label, choices, chosen) {
  const select = h("select", { class: "input", "aria-label": label }, choices.map(([name, seconds]) => h("option", { value: seconds }, name)));
  select.value = chosen;
  return select;
}

/** Other choices, keeping the chosen one where it still exists. */
function offer(select, choices) {
  const chosen = select.value;
  fill(select, choices.map(([value, label]) => h("option", { value }, label)));
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}

function numberOf(input, name, problems) {
  if (!input.value || !input.validity.valid) {
    const whole = input.step === "1" ? "whole number" : "number";
    problems.push({ name, message: `must be a ${whole} from ${input.min}${input.max ? ` to ${Number(input.max).toLocaleString("en")}` : ""}.` });
  }
  return Number(input.value);
}
