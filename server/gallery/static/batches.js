/** Pages below `/batches`: `#/` lists them, `#/new?template=…` makes one, `#/{id}` shows one. */

import { BatchList } from "./batch_list.js";
import { BatchView } from "./batch_view.js";
import { NewBatch } from "./new_batch.js";

/** The view of a path such as `new?template=article`. */
export function batchPage(catalogue, path) {
  const [place, query] = path.split("?");
  if (!place) return new BatchList(catalogue);
  if (place === "new") return new NewBatch(catalogue, new URLSearchParams(query).get("template") ?? "");
  return new BatchView(catalogue, place);
}
