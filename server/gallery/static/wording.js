/** Numbers and schemas in words. */

/** Bytes as people read them. */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)} KB` : `${(count / 1e6).toFixed(2)} MB`;
}

export function milliseconds(value) {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}

/** `1 variable`, `2 variables`. */
export function count(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

/** Where in a template's source something is: `template.html:3:7`, or nothing. */
export function place({ file, line, column }) {
  return file ? `${file}:${line}:${column}` : "";
}

/** Seconds as a duration: `1 day`, `90 s`. */
export function duration(seconds) {
  for (const [length, one] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (seconds >= length && seconds % length === 0) return count(seconds / length, one);
  }
  return `${seconds} s`;
}

/** The kind of value that a schema wants. */
export function kindOf(schema) {
  if (schema.enum) return "choice";
  if (schema.type === "string") {
    const kinds = { color: "colour", date: "date", "date-time": "date and time", uri: "URL", "uri-reference": "image" };
    return kinds[schema.format] ?? "text";
  }
  if (schema.type === "array") return schema.items ? `list of ${kindOf(schema.items)}` : "list";
  return { integer: "whole number", boolean: "yes or no" }[schema.type] ?? schema.type;
}

/** What a value must keep to, as short phrases. */
export function constraintsOf(schema) {
  const phrases = [];
  const { minimum: low, maximum: high } = schema;
  if (low !== undefined && high !== undefined) phrases.push(`${low} to ${high}`);
  else if (low !== undefined) phrases.push(`at least ${low}`);
  else if (high !== undefined) phrases.push(`at most ${high}`);
  phrases.push(...range(schema.minLength, schema.maxLength, "character"));
  phrases.push(...range(schema.minItems, schema.maxItems, "item"));
  if (schema.items?.maxLength !== undefined) phrases.push(`each up to ${count(schema.items.maxLength, "character")}`);
  if (schema.pattern) phrases.push(`pattern ${schema.pattern}`);
  if (schema.default !== undefined) phrases.push(`default ${JSON.stringify(schema.default)}`);
  return phrases;
}

function range(low, high, unit) {
  if (low && high !== undefined) return [`${low} to ${count(high, unit)}`];
  if (low) return [`at least ${count(low, unit)}`];
  return high === undefined ? [] : [`up to ${count(high, unit)}`];
}
