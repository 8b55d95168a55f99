/** The HTTP API of batches. */

import { apiKey, Problem, problemOf, readJson, send } from "./api.js";

/** Batches from the newest on: `{ batches, next_cursor }`. */
export async function listBatches({ limit = 50, cursor = "" } = {}) {
  return readJson(await send(`v1/batches?${query({ limit, cursor })}`));
}

/** Buckets that batches may be exported to. */
export async function listBuckets(signal) {
  return (await readJson(await send("v1/exports", { signal }))).buckets;
}

/** One batch. */
export async function getBatch(id, signal) {
  return readJson(await send(`v1/batches/${encodeURIComponent(id)}`, { signal }));
}

/** Rows in order, all or those of one status and with some finding: `{ rows, next_cursor }`. */
export async function listRows(id, { status = "", finding = "", limit = 50, cursor = "" } = {}) {
  return readJson(await send(`v1/batches/${encodeURIComponent(id)}/rows?${query({ status, finding, limit, cursor })}`));
}

/** What became of a batch's webhooks. */
export async function listDeliveries(id) {
  return (await readJson(await send(`v1/batches/${encodeURIComponent(id)}/deliveries`))).deliveries;
}

/** Send a webhook once more. Answers with the delivery as it is then. */
export async function redeliver(id, delivery) {
  return readJson(await send(`v1/batches/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(delivery)}/redeliver`, { method: "POST" }));
}

/** Ask something of a batch: continue, cancel or retry. Answers with the batch as it is then. */
export async function askOf(id, action) {
  return readJson(await send(`v1/batches/${encodeURIComponent(id)}/${action}`, { method: "POST" }));
}

/** Forget a batch. */
export async function forgetBatch(id) {
  return readJson(await send(`v1/batches/${encodeURIComponent(id)}`, { method: "DELETE" }));
}

/** The stream of a batch's events behind the one with the id `last`. */
export async function openEvents(id, last, signal) {
  const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
  const response = await send(`v1/batches/${encodeURIComponent(id)}/events`, { headers, signal });
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Where a file of results is, as this page reaches it: the public address may not lead here. */
export function filePath(id, name) {
  return `v1/batches/${encodeURIComponent(id)}/${name}`;
}

/** A file of results as a response whose body is still to come. */
export async function openFile(id, name) {
  const response = await send(filePath(id, name));
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * Send a file with options. `key` makes sending it again harmless; `progressed` gets the share that was sent, from 0
 * to 1 (fetch does not tell it, so this is an XMLHttpRequest). Resolves to the batch.
 */
export function submitBatch(file, options, key, progressed, signal) {
  const form = new FormData();
  form.append("options", JSON.stringify(options));
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "v1/batches");
    request.setRequestHeader("Idempotency-Key", key);
    if (apiKey()) request.setRequestHeader("Authorization", `Bearer ${apiKey()}`);
    request.upload.addEventListener("progress", ({ loaded, total }) => total && progressed(loaded / total));
    request.addEventListener("load", () => {
      const document = parsed(request.responseText);
      if (request.status < 300 && document) resolve(document);
      else reject(new Problem(request.status, document ?? {}));
    });
    // A refusal may end the connection before all is sent, and then browsers don't tell what it says.
    const lost = "The upload was cut off: the server does not answer or refuses a file of this size, or the file has changed since it was chosen.";
    request.addEventListener("error", () => reject(new Problem(0, { title: "No answer", detail: lost })));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** A key for one request that may have to be sent again. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages that did not come over TLS have no randomUUID.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function query(members) {
  return new URLSearchParams(Object.entries(members).filter(([, value]) => value !== "")).toString();
}
