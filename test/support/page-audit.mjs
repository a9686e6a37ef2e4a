// Runs in a page, as a whole: what assistive technology and a narrow screen find in it. Plain script, since the tests' types know no page.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const dashes = all("svg .shaft").map((line) => getComputedStyle(line).strokeDasharray);
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color)
      .slice(0, 3)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    if (element === null) return getComputedStyle(document.body).backgroundColor;
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  /** The texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 1.4.3). */
  const lowContrast = all("h1, h2, h3, h4, p, a, th, td, code, caption, pre, svg text").filter(
    (element) => {
      const { color, fill } = getComputedStyle(element);
      const ink = element instanceof SVGElement ? fill : color;
      const [dark, light] = [luminance(ink), luminance(behind(element))].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05) < 4.5;
    },
  );
  return {
    language: document.documentElement.lang,
    landmarks: all("body > *").map(({ tagName }) => tagName),
    levels: all("h1, h2, h3, h4").map(({ tagName }) => Number(tagName[1])),
    deadLinks: all("a")
      .map((link) => link.getAttribute("href"))
      .filter((href) => document.querySelector(href) === null),
    unnamedRows: all("tbody tr").filter((row) => !row.querySelector("th[scope=row]")).length,
    scrollWidth: document.documentElement.scrollWidth,
    dashes: [...new Set(dashes)].sort(),
    lowContrast: lowContrast.map((element) => element.outerHTML.slice(0, 80)),
  };
})();
