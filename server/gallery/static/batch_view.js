/** One batch: how far it is, what can be done about it, and what came of it. */

import { askOf, forgetBatch } from "./batch_api.js";
import { Deliveries } from "./batch_deliveries.js";
import { Failures } from "./batch_failures.js";
import { Pictures } from "./batch_pictures.js";
import { BatchWatch } from "./batch_watch.js";
import { ago, good, isAwaitingData, isFinished, local, progressOf, rows, span, stateOf, whole } from "./batch_wording.js";
import { announce, fill, h, icon } from "./dom.js";
import { Downloads } from "./downloads.js";
import { Progress } from "./progress.js";
import { ask } from "./ask.js";
import { bytes, count } from "./wording.js";

/** The page of one batch; follows it until `close`. */
export class BatchView {
  constructor(catalogue, id) {
    this.catalogue = catalogue;
    this.id = id;
    this.downloads = new Downloads();
    this.pictures = new Pictures(id);
    this.failures = new Failures(id);
    this.deliveries = new Deliveries(id);
    this.progress = new Progress("Progress of the batch");
    this.#build();
    this.watch = new BatchWatch(id);
    this.watch.addEventListener("job", (event) => this.#take(event.detail));
    this.watch.addEventListener("gone", () => this.#gone());
    this.watch.addEventListener("offline", () => (this.stale.hidden = false));
    this.watch.addEventListener("online", () => (this.stale.hidden = true));
    this.watch.start();
  }

  get title() {
    return this.job ? `${stateOf(this.job)[0]} · ${this.templateTitle}` : "Batch";
  }

  get templateTitle() {
    return this.catalogue.templates.get(this.job.template)?.title ?? this.job.template;
  }

  /** Titles of templates may have changed. */
  update() {
    if (this.job) this.heading.textContent = this.templateTitle;
  }

  close() {
    this.watch.close();
    this.pictures.close();
    this.failures.close();
    this.deliveries.close();
  }

  #build() {
    this.heading = h("h1", { tabindex: "-1" }, "Batch");
    this.state = h("span", { class: "tag" });
    this.facts = h("p", { class: "facts" });
    this.actions = h("div", { class: "actions" });
    this.refused = h("div", { class: "banner error", role: "alert", hidden: true });
    this.error = h("div", { class: "banner error", role: "alert", hidden: true });
    this.approval = h("section", { class: "approval", "aria-label": "Approval", hidden: true });
    this.words = h("p", { class: "progress-words" });
    this.pace = h("p", { class: "quiet-text progress-pace" });
    this.stale = h("p", { class: "field-error", hidden: true }, "No answer; trying again …");
    this.numbers = h("dl", { class: "numbers" });
    this.warnings = h("ul", { class: "warnings", hidden: true });
    const head = h(
      "div",
      { class: "batch-head" },
      h("a", { href: "#/", class: "back" }, icon("back"), "Batches"),
      h("div", { class: "batch-title" }, h("div", {}, h("div", { class: "editor-title" }, this.heading, this.state), this.facts), this.actions),
    );
    this.work = h(
      "div",
      { class: "batch-work", hidden: true },
      this.refused,
      this.error,
      this.approval,
      h(
        "section",
        { class: "panel", "aria-label": "Progress" },
        h("div", { class: "panel-body" }, h("div", { class: "progress-head" }, this.words, this.pace), this.progress.node, this.stale, this.numbers),
        this.warnings,
      ),
    );
    this.parts = [this.downloads, this.failures, this.deliveries, this.pictures].map((part) => part.node);
    this.pilotParts = [this.pictures, this.failures, this.deliveries, this.downloads].map((part) => part.node);
    this.absent = h("p", { class: "nothing" }, "Loading …");
    this.node = h("div", { class: "batch-page batch" }, head, this.absent, this.work);
  }

  #take(job) {
    const before = this.job;
    this.job = job;
    this.absent.hidden = true;
    this.work.hidden = false;
    const [phrase, kind] = stateOf(job);
    this.heading.textContent = this.templateTitle;
    this.state.textContent = phrase;
    this.state.className = `tag ${kind}`;
    this.#describe(job);
    this.#count(job);
    this.#offer(job);
    this.error.hidden = !job.error;
    if (job.error) fill(this.error, icon("error"), h("div", {}, h("p", { class: "banner-title" }, "This batch can't be done"), h("p", {}, job.error.message), h("p", { class: "origin" }, job.error.code)));
    this.warnings.hidden = job.warnings.length === 0;
    fill(this.warnings, job.warnings.map((warning) => h("li", {}, icon("warning"), h("span", {}, warning))));
    this.downloads.update(job);
    this.failures.follow(job);
    this.deliveries.follow(job);
    this.pictures.follow(job);
    this.#arrange(job.status === "awaiting_approval");
    this.#say(before, job);
    this.node.dispatchEvent(new CustomEvent("entitle", { bubbles: true }));
  }

  /** What has to be looked at first comes first. */
  #arrange(pilot) {
    this.pictures.heading.textContent = pilot ? "First pictures" : "Pictures";
    const parts = pilot ? this.pilotParts : this.parts;
    if (this.work.lastChild !== parts.at(-1)) this.work.append(...parts);
  }

  #describe(job) {
    const formats = job.formats.map((name) => name.toUpperCase()).join(", ");
    const variants = job.variants.map((name) => name ?? "default").join(", ");
    fill(
      this.facts,
      h("time", { datetime: job.created_at, title: local(job.created_at) }, `created ${ago(job.created_at)}`),
      job.metadata?.file && h("span", { class: "file-name" }, job.metadata.file),
      h("span", {}, variants ? `${formats} · ${variants}` : formats),
      job.dry_run && h("span", {}, "check only"),
      job.run > 1 && h("span", {}, `run ${job.run}`),
      job.expires_at && !isAwaitingData(job) && h("span", { title: local(job.expires_at) }, `kept ${span((Date.parse(job.expires_at) - Date.now()) / 1000)} more`),
      job.repeat_at && h("span", { title: local(job.repeat_at) }, `runs again ${ago(job.repeat_at)}`),
      isAwaitingData(job) && h("span", {}, "runs again when data is pushed"),
      job.metadata?.note && h("span", { class: "batch-note" }, job.metadata.note),
      h("span", { class: "version", title: "Id" }, job.id),
    );
  }

  #count(job) {
    const { counts } = job;
    this.words.textContent = progressOf(job);
    this.progress.update(job);
    const left = job.eta_seconds === undefined ? "" : `about ${span(Math.max(job.eta_seconds, 1))} left`;
    // After a retry the average of all rows would tell nothing: most were done in an earlier run.
    const telling = job.status === "in_progress" || (job.status === "completed" && job.run === 1 && !job.dry_run);
    const rate = telling && job.rate ? `${job.rate < 10 ? job.rate : whole(Math.round(job.rate))} rows/s` : "";
    const took = job.finished_at && job.started_at ? `took ${span((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)}` : "";
    this.pace.textContent = [isFinished(job) ? took : left, rate].filter(Boolean).join(" · ");
    const numbers = [
      [job.dry_run ? "Rows in order" : "Rows done", good(job), "", true],
      ["Rows failed", counts.failed, "bad-text", counts.failed],
      ["Rows cancelled", counts.cancelled, "", counts.cancelled],
      ["Pictures rendered", counts.rendered, "", counts.rendered],
      ["Already stored", counts.reused, "", counts.reused],
      ["Changed", counts.changed, "", job.repeat_at && job.run > 1 && counts.changed],
      ["To look at", counts.suspicious, "warn-text", counts.suspicious],
      ["Warmed at the edge", counts.warmed, "", counts.warmed],
      ["Exported", counts.exported, "", counts.exported],
    ].filter(([, , , wanted]) => wanted);
    const shown = numbers.map(([name, value, kind]) => [name, whole(value), kind]);
    if (counts.bytes) shown.push(["Bytes", bytes(counts.bytes), ""]);
    this.numbers.hidden = counts.total === 0 || job.status === "validating";
    fill(this.numbers, shown.map(([name, value, kind]) => h("div", {}, h("dt", {}, name), h("dd", { class: kind || null }, value))));
  }

  /** Buttons of what can be done now. */
  #offer(job) {
    const can = (action) => job.actions.includes(action);
    const offered = [...job.actions, job.counts.failed, job.counts.cancelled, isFinished(job)].join();
    if (offered === this.offered) return;
    this.offered = offered;
    const focused = this.actions.contains(document.activeElement) || this.approval.contains(document.activeElement);
    const retry = job.counts.cancelled ? "Render the rest" : `Retry ${rows(job.counts.failed)}`;
    fill(
      this.actions,
      can("retry") && h("button", { type: "button", "data-action": "retry", onclick: (event) => this.#do("retry", event) }, icon("reset"), retry),
      can("cancel") && !can("continue") && h("button", { type: "button", "data-action": "cancel", onclick: (event) => this.#cancel(event) }, icon("remove"), isFinished(job) ? "Stop repeating" : "Cancel"),
      h("a", { class: "button", href: `#/new?template=${job.template}` }, icon("add"), "New batch"),
      can("delete") && h("button", { type: "button", class: "quiet", "data-action": "delete", onclick: (event) => this.#delete(event) }, "Delete"),
    );
    this.approval.hidden = !can("continue");
    if (can("continue")) this.#askForApproval(job);
    if (focused) this.heading.focus();
  }

  #askForApproval(job) {
    const { pending, failed, suspicious } = job.counts;
    const look = [failed && `${rows(failed)} failed already`, suspicious && `${count(suspicious, "picture")} should be looked at`].filter(Boolean);
    fill(
      this.approval,
      h(
        "div",
        {},
        h("h2", {}, `Look at the first ${rows(job.pilot)}`),
        h("p", {}, `${pending === 1 ? "1 more row waits" : `${whole(pending)} more rows wait`} for your approval. ${look.length ? `${look.join(", and ")}.` : "Nothing strange was found in these."}`),
      ),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", "data-action": "cancel", onclick: (event) => this.#cancel(event) }, icon("remove"), "Cancel"),
        h("button", { type: "button", class: "primary", "data-action": "continue", onclick: (event) => this.#do("continue", event) }, icon("check"), `Render the other ${whole(pending)}`),
      ),
    );
  }

  async #cancel(event) {
    const button = event.currentTarget;
    const { pending } = this.job.counts;
    const repeating = isFinished(this.job);
    const text = pending && !repeating ? `${rows(pending)} will not be rendered. What is finished stays, and the rest can be rendered later.` : "What is finished stays.";
    const [title, verb] = repeating ? ["Stop repeating this batch?", "Stop repeating"] : ["Cancel this batch?", "Cancel batch"];
    if (await ask(title, text, verb)) await this.#do("cancel", { currentTarget: button });
  }

  async #delete(event) {
    const button = event.currentTarget;
    const text = "Its rows, failures and files of results are forgotten. Pictures stay in the store, and their URLs keep working.";
    if (!(await ask("Delete this batch?", text, "Delete"))) return;
    button.disabled = true;
    try {
      await forgetBatch(this.id);
      announce("The batch was deleted.");
      location.hash = "#/";
    } catch (problem) {
      this.#refuse(problem);
      button.disabled = false;
    }
  }

  async #do(action, { currentTarget: button }) {
    button.disabled = true;
    this.refused.hidden = true;
    try {
      this.#take(await askOf(this.id, action));
      this.watch.start();
    } catch (problem) {
      this.#refuse(problem);
    }
    button.disabled = false;
  }

  #refuse(problem) {
    this.refused.hidden = false;
    fill(this.refused, icon("error"), h("div", {}, h("p", { class: "banner-title" }, problem.title), h("p", {}, problem.message)));
  }

  #gone() {
    this.work.hidden = true;
    this.absent.hidden = false;
    fill(this.actions);
    fill(this.facts, h("span", { class: "version" }, this.id));
    this.state.textContent = "";
    this.state.className = "";
    this.absent.textContent = "There is no batch of this id. It may have been deleted, or forgotten some days after its end.";
  }

  /** What screen readers are told: states, and every tenth of the way. */
  #say(before, job) {
    const tenth = job.counts.total ? Math.floor((10 * (job.counts.total - job.counts.pending)) / job.counts.total) : 0;
    const [phrase] = stateOf(job);
    if (before && stateOf(before)[0] === phrase && this.tenth === tenth) return;
    this.tenth = tenth;
    announce(`${phrase}: ${progressOf(job)}${job.counts.failed ? `, ${whole(job.counts.failed)} failed` : ""}`);
  }
}
