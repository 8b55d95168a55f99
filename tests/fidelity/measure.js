// Boxes and text lines of <body> and everything in it, in document order, as if no transforms applied.
() => {
  const LEFT_OUT = new Set(['style', 'script', 'br', 'wbr', 'title', 'meta', 'link']);
  const everything = [document.body, ...document.body.querySelectorAll('*')];
  for (const element of everything) {
    const style = getComputedStyle(element);
    if (style.transform !== 'none' || [style.translate, style.rotate, style.scale].some((value) => value !== 'none')) {
      // An identity instead of none: the element stays the containing block of what is fixed in it.
      element.style.setProperty('transform', 'translate(0)', 'important');
      for (const name of ['translate', 'rotate', 'scale']) element.style.setProperty(name, 'none', 'important');
    }
  }
  const cutsText = (style) =>
    style.webkitLineClamp !== 'none' || (style.textOverflow !== 'clip' && style.overflowX !== 'visible');
  const rect = (r) => [r.x + scrollX, r.y + scrollY, r.width, r.height];
  const indices = new Map();
  const nodes = [];
  const cutting = new Set();
  for (const element of everything) {
    const tag = element.localName;
    if (LEFT_OUT.has(tag) || element.parentElement.closest('svg')) continue;
    const style = getComputedStyle(element);
    const lines = [];
    for (const child of element.childNodes) {
      if (child.nodeType !== Node.TEXT_NODE) continue;
      const range = document.createRange();
      range.selectNodeContents(child);
      lines.push(...[...range.getClientRects()].map(rect));
    }
    indices.set(element, nodes.length);
    const inlineInCut = style.display === 'inline' && cutting.has(element.parentElement);
    if (cutsText(style) || inlineInCut) cutting.add(element);
    nodes.push({
      label: tag + (element.id && '#' + element.id) + [...element.classList].map((name) => '.' + name).join(''),
      parent: indices.get(element.parentElement) ?? -1,
      box: element.getClientRects().length ? rect(element.getBoundingClientRect()) : null,
      clips: style.overflowX !== 'visible' && style.display !== 'inline' && tag !== 'img' && tag !== 'svg',
      cut: cutting.has(element) ? (inlineInCut ? 'inline' : style.direction) : '',
      lines,
    });
  }
  return nodes;
}
