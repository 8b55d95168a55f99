/** States, counts and times of batches in words. */

import { count } from "./wording.js";

const STATES = {
  validating: ["Reading rows", "busy"],
  queued: ["Queued", "busy"],
  in_progress: ["Rendering", "busy"],
  awaiting_approval: ["Waiting for approval", "warn"],
  finalizing: ["Finishing", "busy"],
  cancelling: ["Cancelling", "busy"],
  cancelled: ["Cancelled", "off"],
  failed: ["Failed", "bad"],
};
const OUTCOMES = {
  succeeded: ["Succeeded", "good"],
  partial: ["Some rows failed", "warn"],
  failed: ["All rows failed", "bad"],
};

/** What state a batch is in: a phrase and a class for its colour. */
export function stateOf(job) {
  if (job.status !== "completed") return STATES[job.status] ?? [job.status, "off"];
  if (job.dry_run) return job.counts.failed ? ["Checked, with problems", "warn"] : ["Checked", "good"];
  return OUTCOMES[job.outcome] ?? ["Done", "good"];
}

/** Whether nothing is left to do. */
export function isFinished(job) {
  return ["completed", "cancelled", "failed"].includes(job.status);
}

/** Whether a finished batch runs again, at a time that nobody knows. */
export function isAwaitingData(job) {
  return job.status === "completed" && !job.repeat_at && job.actions.includes("cancel");
}

/** `1,240`. */
export function whole(number) {
  return number.toLocaleString("en");
}

/** `1,240 rows`. */
export function rows(number) {
  return number === 1 ? "1 row" : `${whole(number)} rows`;
}

/** Rows that are finished well. A check leaves rows that are in order as they are, pending. */
export function good(job) {
  const { succeeded, pending } = job.counts;
  return job.dry_run && job.status === "completed" ? pending : succeeded;
}

/** How far a batch is: `412 of 5,000 rows`. */
export function progressOf(job) {
  const { total, pending } = job.counts;
  if (job.dry_run && job.status === "completed") return `${rows(total)} checked`;
  if (job.status === "failed" && !total) return "No rows";
  if (job.status === "validating") return total ? `${rows(total)} read so far` : "Reading the file";
  return pending ? `${whole(total - pending)} of ${rows(total)}` : rows(total);
}

/** Seconds as people say how long something takes: `40 s`, `3 min`, `2 h 5 min`. */
export function span(seconds) {
  if (seconds < 0.95) return `${Math.max(Math.round(seconds * 1000), 1)} ms`;
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return [`${Math.floor(minutes / 60)} h`, minutes % 60 ? `${minutes % 60} min` : ""].join(" ").trim();
  return count(Math.round(minutes / 60 / 24), "day");
}

/** When something was or will be: `just now`, `3 min ago`, `in 2 days`. */
export function ago(moment, now = Date.now()) {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (Math.abs(seconds) < 10) return "just now";
  return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
}

/** A moment in the reader's own time zone. */
export function local(moment) {
  return new Date(moment).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}
