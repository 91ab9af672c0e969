// Whether people can read the page: text against what is behind it, and nothing out of reach.

import { check } from "./report.mjs";

/** The least contrast of text, as WCAG 2 has it at level AA. */
const LEAST = 4.5;

/** Text of the page that has less contrast than it should. Runs in the page. */
function faint(least) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  // Canvases understand every notation of colours, and answer one.
  function rgba(color) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  function over([red, green, blue, alpha], below) {
    return [red, green, blue].map((part, index) => part * alpha + below[index] * (1 - alpha));
  }

  function behind(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  }

  function luminance(color) {
    const [red, green, blue] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(element, style) {
    const ground = behind(element);
    const [light, dark] = [over(rgba(style.color), ground), ground].map(luminance).sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim());
    const hint = element.placeholder && !element.value;
    if ((!says && !hint) || element.disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    const measured = contrast(element, getComputedStyle(element, hint ? "::placeholder" : null));
    if (measured < least) found.push(`${measured.toFixed(1)}: ${element.placeholder || element.textContent.trim()}`);
  }
  return found;
}

export async function isReadable(page) {
  const found = await page.evaluate(faint, LEAST);
  check(found.length === 0, `too faint: ${found.join("; ")}`);
}

/** Nothing sticks out at the side, and all that takes part is in sight. */
export async function fits(page, ...parts) {
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  check(width[0] <= width[1], `the page is ${width[0]} wide in a window of ${width[1]}`);
  for (const part of parts) {
    const box = await part.boundingBox();
    const { width, height } = page.viewportSize();
    const inside = box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
    check(inside, `${part} is out of sight`);
  }
}
