/** What can be seen of a file of rows before it is sent: its kind, its columns and its first rows. */

const SLICE = 256 * 1024; // bytes that are looked at
const LARGEST_JSON = 4 * 1024 * 1024; // bytes; a JSON document is read whole or not at all
const LOOKED_AT = 200; // rows
const DELIMITERS = [",", ";", "\t", "|"];
const KINDS = { csv: "csv", tsv: "csv", txt: "csv", ndjson: "ndjson", jsonl: "ndjson", json: "json", xlsx: "xlsx" };

/**
 * Look at a file. The answer has
 *   kind       csv, ndjson, json or xlsx
 *   columns    names in order, or null if they can't be seen here
 *   rows       first rows, as objects of column and value
 *   delimiter  of a table of text
 *   whole      whether `rows` are all that there are
 *   problem    what the server will refuse, as a sentence, or the empty text
 *   options    members of a JSON document beside its rows
 */
export async function lookAt(file) {
  const head = new Uint8Array(await file.slice(0, SLICE).arrayBuffer());
  const seen = { kind: kindOf(file.name, head), columns: null, rows: [], delimiter: "", whole: false, problem: "", options: [] };
  if (!head.length) return { ...seen, problem: "The file is empty." };
  if (head[0] === 0xd0 && head[1] === 0xcf) return { ...seen, problem: "Old Excel files (.xls) are not read; save it as .xlsx or .csv." };
  if (seen.kind === "xlsx") return seen;
  const whole = head.length === file.size;
  const text = decode(head, whole);
  if (text === null) return seen;
  if (seen.kind === "csv") return { ...seen, ...table(text, whole) };
  if (seen.kind === "ndjson") return { ...seen, ...lines(text, whole) };
  return file.size <= LARGEST_JSON ? { ...seen, ...document(decode(new Uint8Array(await file.arrayBuffer()), true)) } : seen;
}

/** The first records of a table of text: quotes hide delimiters, line ends and, doubled, themselves (RFC 4180). */
export function parseTable(text, delimiter, most = LOOKED_AT + 1) {
  const records = [];
  let cells = [];
  let cell = "";
  let quoted = false;
  let fresh = true; // nothing of the cell was read yet
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"' && fresh) {
      quoted = true;
      fresh = false;
    } else if (character === delimiter) {
      cells.push(cell);
      cell = "";
      fresh = true;
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") at += 1;
      records.push([...cells, cell]);
      if (records.length === most) return { records, open: false };
      cells = [];
      cell = "";
      fresh = true;
    } else {
      cell += character;
      fresh = false;
    }
  }
  const rest = cells.length > 0 || cell !== "";
  if (rest) records.push([...cells, cell]);
  return { records, open: rest || quoted };
}

function kindOf(name, head) {
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return "xlsx";
  const extension = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
  if (KINDS[extension] && extension !== "txt") return KINDS[extension];
  const start = new TextDecoder().decode(head.subarray(0, 4096)).trimStart();
  if (start.startsWith("[")) return "json";
  if (!start.startsWith("{")) return "csv";
  return /^[^\n]*\}\s*\n\s*\{/.test(start) ? "ndjson" : "json";
}

/** Text of bytes whose encoding only they tell, as the server finds it; null if browsers can't read it. */
function decode(bytes, whole) {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && !c && !d) || (!a && !b && c === 0xfe && d === 0xff)) return null; // UTF-32
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes, { stream: !whole });
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes, { stream: !whole });
  if (bytes.length > 3 && !a !== !b && !c === !a && !d === !b) {
    return new TextDecoder(a ? "utf-16le" : "utf-16be").decode(bytes, { stream: !whole });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !whole });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function table(text, whole) {
  let said = "";
  const separator = /^sep=([,;\t|])\r?\n/i.exec(text); // Excel writes it for itself
  if (separator) {
    said = separator[1];
    text = text.slice(separator[0].length);
  }
  const delimiter = said || DELIMITERS.reduce((best, next) => (fitsBetter(text, next, best) ? next : best));
  const { records, open } = parseTable(text, delimiter);
  if (open && !whole) records.pop(); // it goes on behind the slice
  const filled = records.filter((cells) => cells.some((cell) => cell.trim()));
  if (!filled.length) return { delimiter, problem: "The file is empty; its first line must name the columns." };
  const columns = filled[0].map((cell) => cell.trim());
  while (columns.length && !columns.at(-1)) columns.pop();
  const rows = filled.slice(1).map((cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ""])));
  return { columns, rows, delimiter, whole: whole && records.length <= LOOKED_AT, problem: problemOf(columns) };
}

function problemOf(columns) {
  const nameless = columns.indexOf("");
  if (nameless >= 0) return `Column ${nameless + 1} has no name; name it, or remove it.`;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  return twice === undefined ? "" : `The column “${twice}” is there twice.`;
}

/** Whether one delimiter cuts more lines into as many cells as the first, or as many lines into more cells. */
function fitsBetter(text, one, other) {
  const [share, cells] = regularity(text, one);
  const [otherShare, otherCells] = regularity(text, other);
  return share > otherShare || (share === otherShare && cells > otherCells);
}

function regularity(text, delimiter) {
  const records = parseTable(text.slice(0, 64_000), delimiter, 50).records.filter((cells) => cells.join("") !== "");
  if (!records.length || records[0].length < 2) return [0, 0];
  return [records.filter((cells) => cells.length === records[0].length).length / records.length, records[0].length];
}

function lines(text, whole) {
  const all = text.split("\n");
  if (!whole) all.pop();
  const rows = [];
  let problem = "";
  for (const [index, line] of all.entries()) {
    if (rows.length === LOOKED_AT) break;
    if (!line.trim()) continue;
    const row = parsed(line);
    if (isObject(row)) rows.push(row);
    else problem ||= `Line ${index + 1} is no JSON object; that row will fail.`;
  }
  return { columns: namesOf(rows), rows, problem, whole: whole && rows.length < LOOKED_AT };
}

function document(text) {
  const found = parsed(text);
  const list = Array.isArray(found) ? found : found?.rows;
  if (!Array.isArray(list)) return { problem: "The file must be a JSON list of rows, or an object with the member rows." };
  const rows = list.slice(0, LOOKED_AT).filter(isObject);
  const options = Array.isArray(found) ? [] : Object.keys(found).filter((name) => name !== "rows");
  return { columns: namesOf(rows), rows, options, whole: list.length <= LOOKED_AT };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function namesOf(rows) {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}
