/** The signed URL in the forms that pages, mails and command lines want, each with a button that copies it. */

import { absolute } from "./api.js";
import { announce, fill, h, icon, uniqueId } from "./dom.js";

const FORMS = [
  ["url", "URL", (answer) => answer.url],
  ["token", "Token URL", (answer) => answer.token_url],
  ["meta", "<meta>", (answer) => answer.meta],
  ["img", "<img>", (answer) => answer.html],
  ["markdown", "Markdown", (answer) => answer.markdown],
  ["curl", "curl", (answer, body) => curl(body)],
];

/** Tabs of all forms (WAI-ARIA Authoring Practices: tabs with automatic activation). */
export class Embed {
  constructor() {
    this.texts = new Map();
    this.chosen = "url";
    this.code = h("pre", { class: "code-block", tabindex: "0", id: uniqueId("code"), role: "tabpanel" });
    this.copyButton = h("button", { type: "button", class: "primary small copy", onclick: () => this.#copy() });
    this.tabs = FORMS.map(([key, label]) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: uniqueId("tab"),
          "data-form": key,
          "aria-controls": this.code.id,
          onclick: () => this.#choose(key),
          onkeydown: (event) => this.#keydown(event),
        },
        label,
      ),
    );
    this.warnings = h("ul", { class: "warnings", hidden: true });
    this.node = h(
      "section",
      { class: "panel embed", "aria-label": "Signed URL" },
      h("div", { class: "panel-head" }, h("div", { class: "tabs", role: "tablist", "aria-label": "Form" }, this.tabs), this.copyButton),
      this.code,
      this.warnings,
    );
    this.#choose(this.chosen);
  }

  /** Show the forms of an answer of the API to `body`, a body of POST /v1/urls. */
  update(answer, body) {
    for (const [key, , make] of FORMS) this.texts.set(key, make(answer, body));
    this.warnings.hidden = answer.warnings.length === 0;
    fill(this.warnings, answer.warnings.map((warning) => h("li", {}, icon("warning"), warning)));
    this.#choose(this.chosen);
  }

  #choose(key) {
    this.chosen = key;
    for (const tab of this.tabs) {
      const selected = tab.dataset.form === key;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      if (selected) this.code.setAttribute("aria-labelledby", tab.id);
    }
    this.code.textContent = this.texts.get(key) ?? "";
    this.#label("copy", "Copy");
  }

  #keydown(event) {
    const index = this.tabs.indexOf(event.target);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(this.tabs[to].dataset.form);
    this.tabs[to].focus();
  }

  async #copy() {
    const copied = await toClipboard(this.code.textContent);
    this.#label(copied ? "check" : "warning", copied ? "Copied" : "Select and copy");
    if (!copied) getSelection().selectAllChildren(this.code);
    announce(copied ? "Copied" : "Copying is not allowed here; the text is selected.");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#label("copy", "Copy"), 1600);
  }

  #label(name, text) {
    fill(this.copyButton, icon(name), text);
  }
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // browsers give the clipboard to secure origins and loopback only
  }
}

function curl(body) {
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  return [
    `curl ${absolute("v1/urls")} \\`,
    '  -H "Authorization: Bearer $SIGNET_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${json}'`,
  ].join("\n");
}
