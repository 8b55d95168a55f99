/** The HTTP API. Addresses are relative to the page, so that it works below any path of a proxy. */

const STORAGE = "signet-api-key";

/** An answer that is no success: its status and its problem document (RFC 9457). Status 0: no answer at all. */
export class Problem extends Error {
  constructor(status, document, headers = null) {
    super(document.detail ?? document.title ?? `The server answered ${status}.`);
    this.status = status;
    this.title = document.title ?? "Error";
    this.problems = Array.isArray(document.problems) ? document.problems : [];
    this.requestId = document.request_id ?? "";
    this.retryAfter = Number(headers?.get("retry-after")) || 0; // seconds
  }
}

/** The API key that this tab holds, or the empty text. It leaves with the tab. */
export function apiKey() {
  return sessionStorage.getItem(STORAGE) ?? "";
}

export function setApiKey(key) {
  if (key) sessionStorage.setItem(STORAGE, key);
  else sessionStorage.removeItem(STORAGE);
}

/** The list of templates, or null if it still has the entity tag `etag`. */
export async function listTemplates(etag) {
  const response = await send("v1/templates", { headers: etag ? { "If-None-Match": etag } : {} });
  if (response.status === 304) return null;
  return { etag: response.headers.get("etag"), ...(await readJson(response)) };
}

/** All about one template, with its versions and its live data. */
export async function getTemplate(name, signal) {
  return readJson(await send(`v1/templates/${encodeURIComponent(name)}`, { signal }));
}

/** Signed URLs of a picture. */
export async function sign(body, signal) {
  return readJson(await post("v1/urls", body, signal));
}

/** Render now: the answer, and what its steps took. */
export async function render(name, body, signal) {
  const response = await post(`v1/templates/${name}/render`, body, signal);
  return { answer: await readJson(response), timings: readTimings(response.headers.get("server-timing")) };
}

/** Fetch a signed image as everybody else gets it, past the browser's own cache. */
export async function fetchImage(url, signal) {
  const response = await request(localUrl(url), { signal, cache: "no-cache", credentials: "omit" });
  if (!response.ok) throw await problemOf(response);
  return { blob: await response.blob(), headers: response.headers };
}

/** A signed URL as this page reaches it: the public address may lead through a cache, or not lead here at all. */
export function localUrl(url) {
  return url.replace(/^.*\/(?=[it]\/[^/]*$)/, "");
}

/** Where the API is, for command lines. */
export function absolute(path) {
  return new URL(path, document.baseURI).href;
}

function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** One request with the key of this tab. */
export function send(path, options = {}) {
  const key = apiKey();
  const headers = key ? { ...options.headers, Authorization: `Bearer ${key}` } : options.headers;
  return request(path, { ...options, headers, cache: "no-store", credentials: "omit" });
}

async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "No answer", detail: "The server does not answer." });
  }
}

/** The JSON of an answer. Throws Problem if it is no success. */
export async function readJson(response) {
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** What an answer that is no success says. */
export async function problemOf(response) {
  let document = {};
  try {
    document = await response.json();
  } catch {
    // Not every proxy in between speaks JSON; the status says enough.
  }
  return new Problem(response.status, document, response.headers);
}

function readTimings(header) {
  return (header ?? "")
    .split(",")
    .map((entry) => /^\s*([^;\s]+).*?;dur=([0-9.]+)/.exec(entry))
    .filter(Boolean)
    .map(([, name, milliseconds]) => ({ name, milliseconds: Number(milliseconds) }));
}
