/** What is known about one picture: facts, timings, diagnostics, and the headers it is sent with. */

import { fill, h, icon } from "./dom.js";
import { bytes, milliseconds, place } from "./wording.js";

const HEADERS = ["cache-control", "etag", "content-type", "content-length", "cache-status", "cache-tag", "x-signet-state", "server-timing"];
const SEVERITIES = ["error", "warning", "info"];

export class Findings {
  constructor() {
    this.facts = h("dl", { class: "numbers" });
    this.timings = h("ol", { class: "timings" });
    this.diagnostics = h("ul", { class: "diagnostics" });
    this.verdict = h("span", { class: "tag" });
    this.headers = h("dl", { class: "headers" });
    this.node = h("div", { class: "findings" }, [
      panel("Diagnostics", this.verdict, this.diagnostics),
      panel("Server timing", null, this.timings),
      panel("Response headers", null, this.headers),
    ]);
  }

  /** Show what came with a picture. */
  update({ answer, timings, headers }) {
    const how = answer.cached ? "from the store" : `rendered in ${milliseconds(renderTime(timings))}`;
    this.#list(this.facts, [
      ["Size", `${answer.width} × ${answer.height} px`],
      ["Bytes", bytes(answer.bytes)],
      ["State", `${answer.state}, ${how}`],
      ["ETag", answer.etag.replaceAll('"', "").slice(0, 16)],
    ]);
    const longest = Math.max(...timings.map((step) => step.milliseconds), 0.001);
    fill(this.timings, timings.map((step) => timing(step, longest)));
    this.#diagnose(answer.diagnostics);
    this.#list(this.headers, HEADERS.filter((name) => headers.get(name)).map((name) => [name, headers.get(name)]));
  }

  #diagnose(found) {
    const sorted = [...found].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const serious = sorted.filter((finding) => finding.severity !== "info").length;
    this.verdict.textContent = serious ? `${serious} to look at` : "all clear";
    this.verdict.classList.toggle("warn", serious > 0);
    fill(this.diagnostics, sorted.length ? sorted.map(diagnostic) : h("li", { class: "quiet-text" }, "Nothing to complain about."));
  }

  #list(list, entries) {
    fill(list, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }
}

function panel(title, extra, body) {
  return h("section", { class: "panel", "aria-label": title }, h("div", { class: "panel-head" }, h("h2", {}, title), extra), body);
}

function timing({ name, milliseconds: value }, longest) {
  const bar = h("span", { class: "timing-bar" });
  bar.style.inlineSize = `${Math.max(1, (value / longest) * 100)}%`;
  const [step, part] = name.split(/-(.*)/);
  return h(
    "li",
    { class: part ? "part" : null },
    h("span", { class: "timing-name" }, part ?? step),
    h("span", { class: "timing-track" }, bar),
    h("span", { class: "timing-value" }, milliseconds(value)),
  );
}

function diagnostic(finding) {
  return h(
    "li",
    { class: finding.severity },
    icon(finding.severity),
    h(
      "div",
      {},
      h("p", {}, finding.message),
      h("p", { class: "origin" }, [finding.code, place(finding), finding.element].filter(Boolean).join(" · ")),
    ),
  );
}

function renderTime(timings) {
  return timings.find((step) => step.name === "render")?.milliseconds ?? 0;
}
