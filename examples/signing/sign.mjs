// SIGNET_KEY=… node sign.mjs /i/article.png title="Hello world" tags='["a","b"]'
import { createHash, createHmac } from "node:crypto";
import { pathToFileURL } from "node:url";

const escape = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

export function sign(path, parameters, secret) {
  const query = Object.keys(parameters).sort().map((name) => `${name}=${escape(parameters[name])}`).join("&");
  const text = query ? `${path}?${query}` : path;
  const key = createHash("sha256").update("signet.url.v1signer" + secret).digest();
  const signature = createHmac("sha256", key).update(text).digest("base64url");
  return `${text}${query ? "&" : "?"}_s=${signature}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [path, ...pairs] = process.argv.slice(2);
  const split = (pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
  console.log(sign(path, Object.fromEntries(pairs.map(split)), process.env.SIGNET_KEY));
}
