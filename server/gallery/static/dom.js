/** Making elements. Text only ever enters the page as text nodes; nothing here parses HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Attributes that are functions named `on…` become listeners; `true` is an empty attribute, `false`, null
 * and undefined leave it out. Children are nodes or texts; null and false are skipped.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...present(children));
  return element;
}

/** An icon of index.html by its name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Put other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/** An id that no other element of the page has. */
export function uniqueId(prefix) {
  uniqueId.last = (uniqueId.last ?? 0) + 1;
  return `${prefix}-${uniqueId.last}`;
}

/** Say something to screen readers. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false);
}
