/** Asks for an API key. */

import { apiKey, setApiKey } from "./api.js";
import { h, icon, uniqueId } from "./dom.js";

/** The page shown to whoever has no key; `entered` is called with a new key in place. */
export class KeyPrompt {
  constructor(entered) {
    const refused = apiKey() !== "";
    const input = h("input", { class: "input", type: "password", id: uniqueId("key"), autocomplete: "off", spellcheck: "false", required: true, "aria-invalid": refused ? "true" : null });
    const enter = (event) => {
      event.preventDefault();
      setApiKey(input.value.trim());
      entered();
    };
    this.node = h(
      "form",
      { class: "key-prompt", onsubmit: enter },
      h("span", { class: "key-icon" }, icon("key")),
      h("h1", {}, "Enter an API key"),
      h("p", { class: "lead" }, "Templates and signed URLs are shown to holders of a key. ", h("code", {}, "signet serve"), " prints where it keeps one."),
      h("label", { for: input.id }, "API key"),
      input,
      refused && h("p", { class: "field-error", role: "alert" }, "The server does not know this key."),
      h("button", { class: "primary", type: "submit" }, "Open the gallery"),
      h("p", { class: "field-hint" }, "The key stays in this tab and is sent to this server only."),
    );
    this.input = input;
  }

  get title() {
    return "API key";
  }

  update() {}

  close() {}
}
