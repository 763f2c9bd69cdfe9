// SPDX-License-Identifier: GPL-3.0-or-later
// What open_report.py puts at the end of a copy of a page: measures it, and leaves the result where --dump-dom shows it.
(() => {
const faults = [];
const fault = (what, element) =>
    faults.push(what + ': ' + (element ? (element.textContent || element.outerHTML).trim().slice(0, 70) : ''));
for (const folded of document.querySelectorAll('details')) folded.open = true;
const shown = element => element.checkVisibility({contentVisibilityAuto: true, opacityProperty: true,
                                                  visibilityProperty: true});

// One main, one title, names for what has no text, heads that say what they head.
for (const tag of ['main', 'h1', 'title', 'html[lang]'])
  if (document.querySelectorAll(tag).length !== 1) fault('not one ' + tag);
const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
ids.filter((id, i) => ids.indexOf(id) !== i).slice(0, 3).forEach(id => fault('id twice: ' + id));
let level = 1;
for (const heading of document.querySelectorAll('h1, h2, h3')) {
  if (Number(heading.tagName[1]) > level + 1) fault('heading skips a level', heading);
  level = Number(heading.tagName[1]);
}
for (const drawing of document.querySelectorAll('svg')) {
  const label = document.getElementById(drawing.getAttribute('aria-labelledby'));
  if (drawing.getAttribute('role') !== 'img' || !label || !label.textContent.trim()) fault('svg without a name', drawing);
}
for (const table of document.querySelectorAll('table')) {
  if (!table.caption || !table.caption.textContent.trim()) fault('table without a caption', table);
  for (const head of table.querySelectorAll('th')) if (!head.scope) fault('head without a scope', head);
}
for (const named of document.querySelectorAll('audio, nav, [role=region]'))
  if (!(named.getAttribute('aria-label') || '').trim()) fault('no name', named);
for (const link of document.querySelectorAll('a')) if (!link.textContent.trim()) fault('link without text', link);
for (const element of document.querySelectorAll('[tabindex]'))
  if (element.tabIndex > 0) fault('out of the keyboard\'s order', element);
for (const link of document.querySelectorAll('nav a'))
  if (!document.getElementById(link.getAttribute('href').slice(1))) fault('leads nowhere', link);

// Letters: large enough, dark enough on what lies behind them, and inside the page and their figure.
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = colour => {
  const [r, g, b] = numbers(colour).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (numbers(colour)[3] !== 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const least = {size: 1e9, contrast: 1e9};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  const element = node.parentElement;
  if (!node.textContent.trim() || element.closest('.unseen, script, style, thead') || !shown(element)) continue;
  const style = getComputedStyle(element);
  const drawing = element.closest('svg');
  const box = element.getBoundingClientRect();
  if (box.width === 0) continue;
  const scale = drawing ? drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width : 1;
  const size = parseFloat(style.fontSize) * scale;
  least.size = Math.min(least.size, size);
  if (size < 11) fault('letters of ' + size.toFixed(1) + ' pixels', element);
  const colour = drawing ? style.fill : style.color;
  const on_a_cell = drawing && ['rgb(17, 17, 17)', 'rgb(254, 254, 254)'].includes(colour);
  const is_symbol = '●○■━╌'.includes(node.textContent.trim());
  if (!on_a_cell && !is_symbol) {
    const ratio = contrast(colour, behind(element));
    least.contrast = Math.min(least.contrast, ratio);
    if (ratio < 4.5) fault('contrast ' + ratio.toFixed(2), element);
  }
  if (box.right > innerWidth + 1 && !element.closest('pre')) fault('cut off at ' + Math.round(box.right), element);
  if (drawing) {
    const frame = drawing.getBoundingClientRect();
    if (box.left < frame.left - 3 || box.right > frame.right + 3 || box.bottom > frame.bottom + 3 ||
        box.top < frame.top - 3)
      fault('outside its figure ' + drawing.getAttribute('aria-labelledby'), element);
  }
}
const figures = [...document.querySelectorAll('figure')].map(figure => {
  const drawing = [...figure.querySelectorAll('svg')].find(shown);
  const box = drawing ? drawing.getBoundingClientRect() : {width: 0, height: 0};
  const shapes = drawing ? drawing.querySelectorAll('path, polygon, rect, use, circle, text').length : 0;
  return {caption: figure.innerText.trim().slice(0, 60), left: figure.getBoundingClientRect().left, width: box.width,
          height: box.height, shapes};
});
const scrolled = [...document.querySelectorAll('.table')].filter(table => table.scrollWidth > table.clientWidth + 1);
document.documentElement.setAttribute('data-probe', JSON.stringify({
  faults: faults.slice(0, 40), least, figures, scrolled: scrolled.map(table => table.getAttribute('aria-label')),
  inner: innerWidth, scroll: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor,
  columns: new Set(figures.map(figure => Math.round(figure.left))).size,
  links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')).filter(href => href[0] !== '#'),
  fetched: performance.getEntriesByType('resource').map(entry => entry.name)}));
})();
