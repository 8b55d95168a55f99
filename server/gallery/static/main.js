/**
 * The gallery: which page is shown, and what the header says. Pages are `/#/`, `/#/{template}` and those of batches,
 * `/batches#/…`.
 */

import { apiKey, setApiKey } from "./api.js";
import { Catalogue } from "./catalogue.js";
import { fill, h } from "./dom.js";
import { Editor } from "./editor.js";
import { KeyPrompt } from "./key_prompt.js";
import { Overview } from "./overview.js";

const inBatches = location.pathname.endsWith("/batches");
const pageOf = inBatches ? (await import("./batches.js")).batchPage : templatePage;
const main = document.getElementById("main");
const connection = document.getElementById("connection");
const forget = document.getElementById("forget");
const catalogue = new Catalogue();
let view = null;
let shown = null; // its path
let ready = false; // whether templates may be shown
let scroll = 0; // where the list was left

function templatePage(catalogue, name) {
  return name ? new Editor(catalogue, name) : new Overview(catalogue);
}

function show(next) {
  view?.close();
  view = next;
  fill(main, view.node);
  entitle();
  forget.hidden = !apiKey() || !ready;
}

function entitle() {
  document.title = `${view.title} · Signet`;
}

function route(event) {
  if (!ready || (location.hash && !location.hash.startsWith("#/"))) return;
  const path = decodeURIComponent(location.hash.slice(2));
  if (shown === "") scroll = scrollY;
  shown = path;
  show(pageOf(catalogue, path));
  scrollTo(0, path ? 0 : scroll);
  if (event) main.focus({ preventScroll: true });
}

function lock() {
  ready = false;
  const prompt = new KeyPrompt(() => catalogue.restart());
  show(prompt);
  prompt.input.focus();
}

catalogue.addEventListener("change", () => {
  if (ready) view.update();
  else {
    ready = true;
    route();
  }
  entitle();
});
catalogue.addEventListener("locked", lock);
catalogue.addEventListener("online", () => {
  fill(connection, h("span", { class: "dot" }), "Live");
  connection.classList.remove("offline");
});
catalogue.addEventListener("offline", () => {
  fill(connection, h("span", { class: "dot" }), "No answer");
  connection.classList.add("offline");
});
forget.addEventListener("click", () => {
  setApiKey("");
  catalogue.restart();
});
for (const link of document.querySelectorAll(".bar-page")) {
  if (link.pathname.endsWith("/batches") === inBatches) link.setAttribute("aria-current", "page");
}
main.addEventListener("entitle", entitle);
addEventListener("hashchange", route);
catalogue.restart();
