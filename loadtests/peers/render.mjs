// One engine as a program: reads lines {"title", "format"}, renders each, answers {"cpu", "bytes"} (CPU in ms of all
// threads). With "file" the picture is also written there. Usage: node render.mjs ENGINE FONTS
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { page } from "./card.mjs";

const [engine, fontFolder] = process.argv.slice(2);
const size = { width: 1200, height: 630 };
const fonts = [400, 600, 700].map((weight) => ({
  name: "Inter",
  weight,
  style: "normal",
  data: readFileSync(`${fontFolder}/Inter-${weight}.ttf`),
}));

async function takumi() {
  const { Renderer } = await import("takumi-js/node");
  const renderer = new Renderer();
  for (const font of fonts) await renderer.registerFont(font);
  const node = ({ style, children }) =>
    typeof children === "string"
      ? { type: "text", text: children, style: { ...style, display: "block" } }
      : { type: "container", style, children: children.map(node) };
  return (title, format) => renderer.render(node(page(title)), { ...size, format: format === "jpg" ? "jpeg" : format });
}

async function satori() {
  const { default: satori } = await import("satori");
  const { Resvg } = await import("@resvg/resvg-js");
  const node = ({ style, children }) => ({
    type: "div",
    props: { style, children: typeof children === "string" ? children : children.map(node) },
  });
  return async (title) => {
    const svg = await satori(node(page(title)), { ...size, fonts });
    return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
  };
}

const render = await { takumi, satori }[engine]();
console.log(JSON.stringify({ ready: engine }));
for await (const line of createInterface({ input: process.stdin })) {
  const { title, format, file } = JSON.parse(line);
  const before = process.cpuUsage();
  const picture = await render(title, format);
  const { user, system } = process.cpuUsage(before);
  if (file) writeFileSync(file, picture);
  console.log(JSON.stringify({ cpu: (user + system) / 1000, bytes: picture.length }));
}
