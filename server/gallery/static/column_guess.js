/** Which variable a column is for: guessed by its name, and by what its first values look like. */

import { kindOf } from "./wording.js";

/** Names beside variables that a column may stand for. */
export const RESERVED = new Map([
  ["_id", "Your own id"],
  ["_variant", "Variant"],
  ["_l", "Locale"],
  ["_d", "Pixel ratio"],
  ["_q", "Quality"],
  ["_w", "Width"],
  ["_h", "Height"],
  ["_v", "Version"],
  ["_e", "Expiry, as Unix time"],
]);

/** Columns that tell of earlier failures; the server passes over them. */
export const REPORT = /^_error/;

// Words that people use for the same thing.
const SYNONYMS = [
  "_id id sku uid uuid key identifier slug gtin ean isbn asin ref reference productid itemid articleid postid customid",
  "_l locale language lang",
  "_variant variant theme",
  "title headline heading caption subject name productname articletitle posttitle label",
  "summary description subtitle excerpt abstract teaser blurb text body lead intro subheading tagline",
  "author by byline writer writtenby creator createdby postedby fullname",
  "date day published publishedat publishedon publicationdate pubdate createdat created released when",
  "image picture photo img imageurl imagelink pictureurl photourl cover coverimage hero heroimage thumbnail artwork",
  "avatar portrait headshot profilepicture profileimage authorimage authorphoto userpic",
  "tags labels keywords categories topics category",
  "price amount cost listprice retailprice unitprice",
  "discount rebate reduction sale off",
  "stock quantity inventory available qty onhand instock",
  "brand manufacturer vendor maker make",
  "site website domain publication source publisher blog",
  "color colour accent accentcolor brandcolor primarycolor",
  "background backgroundcolor bg bgcolor",
  "link url href permalink website",
  "points features bullets benefits highlights sellingpoints",
  "email mail account accountid user userid username customer",
].map((line) => line.split(" "));

// What the server takes for a kind of value; other kinds take any text.
const FITTING = {
  number: (text) => /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text),
  "whole number": (text) => /^[-+]?\d+(\.0*)?$/.test(text),
  "yes or no": (text) => /^(true|false|yes|no|on|off|0|1)$/i.test(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  "date and time": (text) => /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$/i.test(text),
  colour: (text) => CSS.supports("color", text) || /^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text),
  URL: (text) => /^https?:\/\/[^\s<>"]+$/i.test(text),
};
// What tells a kind of value without its column's name. Yes, no and small whole numbers may mean anything.
const TELLING = {
  number: (text) => FITTING.number(text),
  date: (text) => FITTING.date(text),
  "date and time": (text) => /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text),
  colour: (text) => /^(#[0-9a-f]{3,8}|(rgb|hsl|oklch|oklab|lab|lch|color)a?\(.*\))$/i.test(text) && FITTING.colour(text),
  URL: (text) => FITTING.URL(text) && !isPicture(text),
  image: (text) => isPicture(text),
};

/**
 * Targets of columns, as a map of column to `{ target, by }`: `by` is "name" or "values"; columns without a guess have
 * the empty target. No target is given twice.
 */
export function guessColumns(columns, rows, schema) {
  const properties = schema.properties ?? {};
  const pairs = [];
  for (const column of columns) {
    if (REPORT.test(column)) continue;
    for (const target of [...Object.keys(properties), ...RESERVED.keys()]) {
      const score = likeness(column, target, properties[target], valuesOf(rows, column));
      if (score > 0) pairs.push({ column, target, score });
    }
  }
  const guesses = new Map(columns.map((column) => [column, { target: "", by: "" }]));
  const taken = new Set();
  pairs.sort((a, b) => b.score - a.score); // stable: among equals, the template's order
  for (const { column, target } of pairs) {
    if (guesses.get(column).target || taken.has(target)) continue;
    guesses.set(column, { target, by: "name" });
    taken.add(target);
  }
  guessByValues(guesses, taken, rows, properties);
  return guesses;
}

/** How many of these values are none of the kind that a variable wants. */
export function misfits(values, schema) {
  const given = values.filter((value) => value !== "" && value !== null && value !== undefined);
  return given.filter((value) => !fits(value, schema)).length;
}

/** The values of a column in the rows that were looked at. */
export function valuesOf(rows, column) {
  return rows.map((row) => row[column]);
}

function likeness(column, target, schema, values) {
  if (column === target) return 100;
  const one = plain(column);
  const other = plain(target);
  if (!target.startsWith("_") && one && one === other) return 90;
  if (schema && misfits(values, schema) * 2 > values.filter(Boolean).length) return 0;
  const bonus = schema && tells(values, schema) ? 5 : 0;
  const group = SYNONYMS.filter((names) => names.includes(target.startsWith("_") ? target : other)).flat();
  if (group.includes(one)) return 70 + bonus;
  const said = words(column);
  if (target === "_id") return ["id", "sku"].includes(said.at(-1)) ? 45 : 0;
  if (target.startsWith("_")) return 0;
  return words(target).every((word) => said.includes(word)) ? 50 + bonus : 0;
}

/** Where one kind of value is left in one column, and one variable wants that kind, they belong together. */
function guessByValues(guesses, taken, rows, properties) {
  const free = Object.entries(properties).filter(([name, schema]) => !taken.has(name) && (schema.enum || TELLING[kindOf(schema)]));
  const left = [...guesses].filter(([column, { target }]) => !target && !REPORT.test(column)).map(([column]) => column);
  for (const [name, schema] of free) {
    const rivals = schema.enum ? [name] : free.filter(([, other]) => kindOf(other) === kindOf(schema));
    const fitting = left.filter((column) => tells(valuesOf(rows, column), schema));
    if (rivals.length === 1 && fitting.length === 1 && !guesses.get(fitting[0]).target) guesses.set(fitting[0], { target: name, by: "values" });
  }
}

/** Whether there are values, and nearly all of them are unmistakably of the kind that a variable wants. */
function tells(values, schema) {
  const given = values.filter((value) => value !== "" && value !== null && value !== undefined);
  if (schema.enum) return given.length > 0 && !misfits(given, schema);
  const test = schema.type === "integer" ? FITTING["whole number"] : TELLING[kindOf(schema)];
  return Boolean(test) && given.length > 0 && given.filter((value) => test(String(value).trim())).length >= given.length * 0.9;
}

function fits(value, schema) {
  if (schema.enum) return schema.enum.map(String).includes(String(value));
  if (schema.type === "array") return Array.isArray(value) || isJson(value, "[");
  if (schema.type === "object") return typeof value === "object" || isJson(value, "{");
  return FITTING[kindOf(schema)]?.(String(value).trim()) ?? true;
}

function isPicture(text) {
  return /^(https?:\/\/\S+|[^\s?#]+)\.(png|jpe?g|gif|svg|webp|avif)([?#]\S*)?$/i.test(text) || /^(asset:|data:image\/)\S+$/i.test(text);
}

function isJson(text, start) {
  try {
    return String(text).trimStart().startsWith(start) && Boolean(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Letters and digits alone, accents and case aside. */
function plain(name) {
  return name.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** `Product image_url`, `productImageUrl`: product, image, url. */
function words(name) {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .normalize("NFKD")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
