"""The contrast of the texts of a page, for a browser."""

__all__ = ["CONTRAST"]

CONTRAST = """
() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => .2126 * light(r) + .7152 * light(g) + .0722 * light(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  return Math.min(...[...document.querySelectorAll("main *")].filter((e) => e.innerText).map((e) => {
    const pair = [numbers(getComputedStyle(e).color), behind(e)].map(luminance);
    return (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
  }));
}
"""
"""The smallest ratio, as WCAG defines it, of a text in ``main`` and the color behind it."""
