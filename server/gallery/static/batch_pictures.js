/** Finished rows of a batch, as pictures; all, or those that somebody should look at. */

import { localUrl } from "./api.js";
import { RowFilter, Rows } from "./batch_rows.js";
import { announce, fill, h, icon } from "./dom.js";
import { bytes } from "./wording.js";

const ALL = "";
const ANY = "any";
// Codes of findings, as the API takes them, and what they are called together.
const FINDINGS = [
  ["blank", "Blank"],
  ["text-overflow,text-clamped", "Text that does not fit"],
  ["missing-glyph", "Missing characters"],
  ["image-unresolved", "Missing images"],
  ["live-data", "Old or default data"],
  ["too-large,large-for-previews", "Large files"],
  ["duplicate,near-duplicate", "Duplicates"],
  ["low-contrast", "Low contrast"],
  ["unchecked", "Not checked closely"],
];

/** Each row with its picture, or one for each variant. */
export class Pictures extends Rows {
  constructor(id) {
    super(id, 24);
    this.cards = new Map();
    this.heading = h("h2", {}, "Pictures");
    this.filter = new RowFilter("Show", () => this.#choose());
    this.nothing = h("p", { class: "quiet-text", hidden: true }, "No picture has such a finding.");
    this.grid = h("ul", { class: "picture-grid" });
    const head = h("div", { class: "section-head" }, this.heading, this.count, this.filter.node);
    this.node = h("section", { class: "pictures", "aria-label": "Pictures", hidden: true }, head, this.problem, this.nothing, this.grid, this.more);
  }

  get wanted() {
    return { status: "succeeded", finding: this.filter.value };
  }

  follow(job) {
    const { succeeded, suspicious } = job.counts;
    this.finished = job.dry_run ? 0 : succeeded;
    this.node.hidden = this.finished === 0;
    if (this.node.hidden) return;
    this.filter.node.hidden = !suspicious && !this.filter.value;
    this.filter.offer([[ALL, "All"], [ANY, "All to look at"], ...FINDINGS]);
    super.follow(job, this.filter.value ? undefined : this.finished);
  }

  draw() {
    const shown = this.rows.flatMap((row) => variantsOf(row).map((outputs, _, all) => ({ row, outputs, one: all.length === 1 })));
    const cards = new Map();
    for (const { row, outputs, one } of shown) {
      const key = JSON.stringify([row.index, outputs]);
      cards.set(key, this.cards.get(key) ?? card(row, outputs, one));
    }
    this.cards = cards;
    const nodes = [...cards.values()];
    if (nodes.length !== this.grid.children.length || nodes.some((node, i) => node !== this.grid.children[i])) fill(this.grid, nodes);
    this.nothing.hidden = nodes.length > 0 || !this.filter.value;
  }

  async #choose() {
    this.total = this.filter.value ? undefined : this.finished;
    await this.restart();
    announce(this.count.textContent);
  }
}

/** The pictures of a row, those of one variant together. */
function variantsOf(row) {
  const names = [...new Set(row.outputs.map((output) => output.variant))];
  return names.map((name) => row.outputs.filter((output) => output.variant === name));
}

/** The card of one variant of a row; `one` is whether the row has no other. */
function card(row, outputs, one) {
  const [first] = outputs;
  const name = row.custom_id ?? `Row ${row.index + 1}`;
  const findings = [...new Map(outputs.flatMap((output) => output.findings).map((each) => [each.code + each.message, each])).values()];
  const picture = h("img", {
    src: localUrl(first.url),
    alt: `Picture of ${name}`,
    width: first.width,
    height: first.height,
    loading: "lazy",
    decoding: "async",
    onerror: () => fill(frame, h("p", { class: "picture-text" }, "This picture can't be fetched; its URL may have expired.")),
  });
  const frame = h("a", { class: "picture-frame", href: localUrl(first.url), target: "_blank", rel: "noopener" }, picture);
  return h(
    "li",
    { class: `picture-card${findings.length ? " suspicious" : ""}`, "data-row": row.index },
    frame,
    h(
      "div",
      { class: "picture-about" },
      h("p", { class: "picture-name" }, h("b", { title: name }, name), (first.variant || !one) && h("span", { class: "tag off" }, first.variant ?? "default"), h("span", { class: "quiet-text" }, `line ${row.line}`)),
      h("p", { class: "facts" }, outputs.map((output) => h("a", { href: localUrl(output.url), target: "_blank", rel: "noopener" }, `${output.format.toUpperCase()} ${bytes(output.bytes)}`)), first.state !== "fresh" && h("span", { class: "warn-text" }, first.state)),
      findings.length > 0 && h("ul", { class: "picture-findings" }, findings.map(finding)),
    ),
  );
}

function finding({ code, message }) {
  return h("li", {}, icon("warning"), h("p", {}, message, " ", h("span", { class: "origin" }, code)));
}
