/** Asking whether something is meant that can't be undone. */

import { h, uniqueId } from "./dom.js";

/** Resolves to whether the reader chose to do it. */
export function ask(title, text, verb) {
  return new Promise((resolve) => {
    const heading = h("h2", { id: uniqueId("ask") }, title);
    const dialog = h(
      "dialog",
      { class: "ask", "aria-labelledby": heading.id },
      heading,
      h("p", {}, text),
      h(
        "div",
        { class: "ask-buttons" },
        h("button", { type: "button", autofocus: true, onclick: () => dialog.close("") }, "Keep it"),
        h("button", { type: "button", class: "danger", onclick: () => dialog.close("yes") }, verb),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
