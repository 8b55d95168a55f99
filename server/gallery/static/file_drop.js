/** A place where a file can be dropped, or chosen with a dialog. */

import { fill, h, icon, uniqueId } from "./dom.js";
import { bytes } from "./wording.js";

const ACCEPTED = ".csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx";

export class FileDrop {
  /** `chosen` gets the file. */
  constructor(chosen) {
    this.chosen = chosen;
    this.input = h("input", { type: "file", id: uniqueId("file"), class: "visually-hidden", accept: ACCEPTED, oninput: () => this.#take(this.input.files[0]) });
    this.error = h("p", { class: "field-error", role: "alert", id: uniqueId("error"), hidden: true });
    this.input.setAttribute("aria-describedby", this.error.id);
    this.label = h("label", { for: this.input.id, class: "drop-label" });
    this.zone = h("div", { class: "drop" }, this.input, this.label);
    this.zone.addEventListener("dragover", (event) => this.#over(event, true));
    this.zone.addEventListener("dragleave", (event) => this.#over(event, false));
    this.zone.addEventListener("drop", (event) => {
      this.#over(event, false);
      const [file] = event.dataTransfer.files;
      if (file) this.#take(file);
    });
    this.node = h("div", {}, this.zone, this.error);
    this.#show(null);
  }

  mark(message) {
    this.error.textContent = message;
    this.error.hidden = false;
    this.input.setAttribute("aria-invalid", "true");
  }

  clear() {
    this.error.hidden = true;
    this.input.removeAttribute("aria-invalid");
  }

  #over(event, inside) {
    event.preventDefault();
    this.zone.classList.toggle("over", inside);
  }

  #take(file) {
    if (!file) return;
    this.#show(file);
    this.chosen(file);
  }

  #show(file) {
    this.zone.classList.toggle("filled", file !== null);
    fill(
      this.label,
      icon(file ? "file" : "upload"),
      file
        ? h("span", {}, h("b", {}, file.name), h("span", { class: "quiet-text" }, `${bytes(file.size)} · choose another`))
        : h("span", {}, h("b", {}, "Choose a file"), h("span", { class: "quiet-text" }, "or drop it here: CSV, TSV, NDJSON, JSON or Excel (.xlsx)")),
    );
  }
}
