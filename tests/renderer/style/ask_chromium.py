"""Asks Chromium again for the expectations in data/: `python -m tests.renderer.style.ask_chromium`.

values.json holds declarations and what getComputedStyle() made of them (null: rejected), and colours with the pixel
that a canvas drew. cascade.json holds small documents and computed values of their elements. Inputs are kept.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import tempfile
from pathlib import Path

DATA = Path(__file__).parent / "data"
HOST = "font-size:20px;font-weight:300;color:rgb(1,2,3);line-height:30px;font-family:serif;text-align:start"

PAGE = """<!doctype html><html><body>
<div style="display:none"><div id="hidden" style="HOST"></div></div>
<div id="shown" style="HOST"></div>
<script>
const data = DATA;
function ask(row) {
  const moved = ["transform", "translate", "rotate", "scale"].includes(row.property);
  const element = document.createElement("div");
  element.style.cssText = (moved ? "width:200px;height:100px;transform-origin:0 0;" : "");
  const before = element.style.length;
  document.getElementById(moved ? "shown" : "hidden").appendChild(element);
  element.style.setProperty(row.property, row.value);
  const accepted = element.style.length > before;
  const computed = getComputedStyle(element);
  const names = Object.keys(row.computed || {[row.property]: ""});
  row.computed = accepted ? Object.fromEntries(names.map(name => [name, computed.getPropertyValue(name)])) : null;
  element.remove();
}
function draw(row) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = row.value;
  context.fillRect(0, 0, 1, 1);
  row.pixel = CSS.supports("color", row.value) ? Array.from(context.getImageData(0, 0, 1, 1).data) : null;
}
async function cascade(row) {
  const frame = document.createElement("iframe");
  frame.style.cssText = "width:1000px;height:500px;border:0";
  await new Promise(done => {
    frame.onload = done;
    frame.srcdoc = `<!doctype html><html><head><style>${row.css}</style></head><body>${row.body}</body></html>`;
    document.body.appendChild(frame);
  });
  for (const [key, expected] of Object.entries(row.expected)) {
    const [id, pseudo] = key.split("::");
    const element = frame.contentDocument.getElementById(id);
    const computed = frame.contentWindow.getComputedStyle(element, pseudo ? "::" + pseudo : null);
    for (const name of Object.keys(expected)) expected[name] = computed.getPropertyValue(name);
  }
  frame.remove();
}
(async () => {
  data.values.forEach(ask);
  data.colors.forEach(draw);
  for (const row of data.cascade) await cascade(row);
  document.body.innerHTML = "<pre id=answer></pre>";
  document.getElementById("answer").textContent = JSON.stringify(data);
})();
</script></body></html>"""


def ask(data: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """The data with Chromium's answers. The viewport is 1000 × 413 px for values, 1000 × 500 px for documents."""
    script = json.dumps(data).replace("</", "<\\/")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(PAGE.replace("HOST", HOST).replace("DATA", script), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,500"]
        command += ["--hide-scrollbars", "--force-color-profile=srgb", "--virtual-time-budget=10000", "--dump-dom"]
        answer = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=180, check=True)
    match = re.search(r'<pre id="answer">(.*)</pre>', answer.stdout, re.DOTALL)
    if match is None:
        raise RuntimeError("Chromium gave no answer")
    return json.loads(html.unescape(match[1]))


def write(path: Path, groups: dict[str, list[dict[str, object]]]) -> None:
    """One row a line, so that a difference can be read."""
    parts = [
        f" {json.dumps(name)}: [\n" + ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows) + "\n ]"
        for name, rows in groups.items()
    ]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Refresh both files."""
    values = json.loads((DATA / "values.json").read_text(encoding="utf-8"))
    cascade = json.loads((DATA / "cascade.json").read_text(encoding="utf-8"))
    answer = ask({**values, **cascade})
    write(DATA / "values.json", {"values": answer["values"], "colors": answer["colors"]})
    write(DATA / "cascade.json", {"cascade": answer["cascade"]})


if __name__ == "__main__":
    main()
