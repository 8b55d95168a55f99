/**
 * Files of results. In development links do; with a key the request has to carry it, which links can't. Then small files
 * go through this tab's memory, large ones straight into a file where the browser can do that (File System Access), and
 * else a command line is shown that does it.
 */

import { absolute, apiKey } from "./api.js";
import { filePath, openFile } from "./batch_api.js";
import { announce, fill, h, icon } from "./dom.js";
import { bytes } from "./wording.js";

const MEMORY = 64e6; // bytes that may go through the tab's memory
const BYTES_A_PICTURE = 2000; // what a picture's lines in a file of results come to, generously

const FILES = [
  ["results.zip", "Pictures", "ZIP", (job) => job.counts.succeeded > 0],
  ["results.csv", "Results", "CSV", hasResults],
  ["results.json", "Results", "JSON", hasResults],
  ["results.ndjson", "Results", "NDJSON", hasResults],
  ["errors.csv", "Failed rows", "CSV", (job) => job.counts.failed > 0],
];

/** The row of files of one batch. */
export class Downloads {
  constructor() {
    this.items = FILES.map(([name, label, format, available]) => ({ name, label, format, available }));
    this.list = h("ul", { class: "files" });
    this.note = h("p", { class: "field-hint", role: "status" });
    this.command = h("pre", { class: "code-block", tabindex: "0" });
    this.help = h(
      "details",
      { class: "help" },
      h("summary", {}, "With curl"),
      h("p", { class: "quiet-text" }, "Writes the file while it comes, whatever its size.", apiKey() && " Put a key into the variable first."),
      this.command,
    );
    this.node = h("section", { class: "panel", "aria-label": "Files" }, h("div", { class: "panel-head" }, h("h2", {}, "Files")), h("div", { class: "panel-body" }, this.list, this.note, this.help));
  }

  /** Offer what a batch has now. */
  update(job) {
    this.job = job;
    const offered = this.items.filter((item) => job.status !== "validating" && item.available(job));
    this.node.hidden = offered.length === 0;
    if (!offered.length) return;
    const shown = offered.map((item) => item.name).join() + apiKey();
    this.command.textContent = curl(job, offered[0].name);
    const size = this.list.querySelector("[data-size]");
    if (size) size.textContent = bytes(job.counts.bytes);
    if (this.shown === shown) return;
    this.shown = shown;
    fill(this.list, offered.map((item) => h("li", {}, this.#control(item))));
  }

  #control({ name, label, format }) {
    const size = name.endsWith(".zip") && h("span", { class: "file-size", "data-size": true }, bytes(this.job.counts.bytes));
    const inside = [icon("download"), h("span", {}, label, " ", h("b", {}, format)), size];
    if (!apiKey()) return h("a", { class: "button", href: filePath(this.job.id, name), download: true, "data-file": name }, inside);
    return h("button", { type: "button", "data-file": name, onclick: (event) => this.#save(name, event.currentTarget) }, inside);
  }

  async #save(name, button) {
    button.disabled = true;
    try {
      const file = `${this.job.id}-${name}`;
      if (sizeOf(this.job, name) <= MEMORY) await throughMemory(this.job.id, name, file);
      else if (window.showSaveFilePicker) await this.#toDisk(name, file);
      else return this.#say(`This file is too large for this browser to fetch with a key: use the command below.`, name);
      this.#say(`${file} was saved.`);
    } catch (problem) {
      if (problem.name !== "AbortError") this.#say(`${problem.message} The command below can do it too.`, name);
    } finally {
      button.disabled = false;
    }
  }

  async #toDisk(name, file) {
    // Asked first: browsers let a page do so only in answer to a click.
    const handle = await window.showSaveFilePicker({ suggestedName: file });
    const response = await openFile(this.job.id, name);
    this.#say(`Saving ${file} …`);
    await response.body.pipeTo(await handle.createWritable());
  }

  #say(text, failed = "") {
    this.note.textContent = text;
    announce(text);
    if (failed) {
      this.command.textContent = curl(this.job, failed);
      this.help.open = true;
    }
  }
}

function hasResults(job) {
  return !job.dry_run && job.counts.total > 0;
}

/** A short link to a file; to the batch's page where a file is too large to fetch with a key from here. */
export function linkTo(job, name, text) {
  if (!apiKey()) return h("a", { href: filePath(job.id, name), download: true, "data-file": name }, text);
  if (sizeOf(job, name) > MEMORY) return h("a", { href: `#/${job.id}` }, text);
  const fetched = (event) => {
    event.preventDefault();
    throughMemory(job.id, name, `${job.id}-${name}`).catch((problem) => announce(problem.message));
  };
  return h("a", { href: `#/${job.id}`, "data-file": name, onclick: fetched }, text);
}

async function throughMemory(id, name, file) {
  const blob = await (await openFile(id, name)).blob();
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** About how large a file will be, at most. */
function sizeOf(job, name) {
  const pictures = job.counts.total * job.formats.length * Math.max(job.variants.length, 1);
  return name.endsWith(".zip") ? job.counts.bytes * 1.05 : pictures * BYTES_A_PICTURE;
}

function curl(job, name) {
  const key = apiKey() ? '-H "Authorization: Bearer $SIGNET_API_KEY" ' : "";
  return `curl --fail ${key}\\\n  -o ${job.id}-${name} ${absolute(filePath(job.id, name))}`;
}
