/** All templates as the server has them now. Asks every second while the page is visible. */

import { listTemplates } from "./api.js";

const EVERY = 1000; // milliseconds

/**
 * Events: `change` (templates or their errors differ), `locked` (a key is needed), `online`, `offline`.
 * `templates` and `broken` are maps by name; a template may be in both while its last good version serves.
 */
export class Catalogue extends EventTarget {
  templates = new Map();
  broken = new Map();
  #etag = null;
  #timer = 0;
  #asking = false;
  #online = null;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => this.refresh());
  }

  /** Start over, e.g. with another key. */
  restart() {
    this.#etag = null;
    this.#online = null;
    return this.refresh();
  }

  async refresh() {
    clearTimeout(this.#timer);
    if (document.hidden || this.#asking) return;
    this.#asking = true;
    let again = true;
    try {
      const list = await listTemplates(this.#etag);
      this.#reachable(true);
      if (list) this.#take(list);
    } catch (problem) {
      again = problem.status !== 401;
      if (again) this.#reachable(false);
      else this.dispatchEvent(new Event("locked"));
    } finally {
      this.#asking = false;
    }
    if (again) this.#timer = setTimeout(() => this.refresh(), EVERY);
  }

  #take(list) {
    this.#etag = list.etag;
    this.templates = new Map(list.templates.map((template) => [template.name, template]));
    this.broken = new Map(list.broken.map((broken) => [broken.name, broken]));
    this.dispatchEvent(new Event("change"));
  }

  #reachable(online) {
    if (this.#online === online) return;
    this.#online = online;
    this.dispatchEvent(new Event(online ? "online" : "offline"));
  }
}
