/** The bar of a batch: rows that succeeded, failed or were cancelled, of all rows. */

import { fill, h } from "./dom.js";
import { good, progressOf } from "./batch_wording.js";

export class Progress {
  constructor(label) {
    this.parts = ["succeeded", "failed", "cancelled"].map((kind) => [kind, h("span", { class: `bar-part ${kind}` })]);
    this.node = h("div", { class: "batch-bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0 });
    fill(this.node, this.parts.map(([, part]) => part));
  }

  /** Show how far a batch is. */
  update(job) {
    const { total, failed, cancelled } = job.counts;
    const counts = { succeeded: good(job), failed, cancelled };
    const reading = job.status === "validating";
    for (const [kind, part] of this.parts) {
      const share = total && !reading ? counts[kind] / total : 0;
      part.style.inlineSize = `${share * 100}%`;
    }
    // While rows are read nobody knows how many there will be.
    this.node.classList.toggle("unknown", reading);
    if (reading) this.node.removeAttribute("aria-valuenow");
    else this.node.setAttribute("aria-valuenow", counts.succeeded + failed + cancelled);
    this.node.setAttribute("aria-valuemax", total || 1);
    this.node.setAttribute("aria-valuetext", progressOf(job));
  }
}
