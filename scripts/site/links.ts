import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const decode = (text: string): string =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const valuesOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g"))].map(([, value = ""]) => decode(value));

/** Returns every link, image and script of a built site whose file or anchor does not exist, one line each. */
export function brokenLinks(folder: string): string[] {
  const pages = new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".html"))
      .map((name) => [join(folder, name), readFileSync(join(folder, name), "utf8")] as const),
  );
  const anchors = new Map([...pages].map(([path, html]) => [path, new Set(valuesOf(html, "id"))]));
  const isBroken = (page: string, link: string): boolean => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : resolve(dirname(page), decodeURIComponent(path.replace(/\?.*$/, "")));
    if (!existsSync(target)) return true;
    return Boolean(anchor) && anchors.get(target)?.has(decodeURIComponent(anchor ?? "")) === false;
  };
  return [...pages].flatMap(([page, html]) => {
    const links = new Set([...valuesOf(html, "href"), ...valuesOf(html, "src")]);
    return [...links]
      .filter((link) => !/^(https?|mailto|data):/.test(link) && isBroken(page, link))
      .map((link) => `${relative(folder, page)}: ${link}`);
  });
}

/** Returns the addresses of other hosts from which a page of a built site loads a script, style, font or image. */
export function externalResources(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.flatMap((name) => {
    if (!/\.(html|css)$/.test(name)) return [];
    const text = readFileSync(join(folder, name), "utf8");
    const found = [
      ...text.matchAll(/<(?:script|img|source|iframe)\b[^>]*\ssrc="(?:https?:)?\/\/[^"]*"/g),
      ...text.matchAll(/<link\b[^>]*\shref="(?:https?:)?\/\/[^"]*"/g),
      ...text.matchAll(/(?:@import\s*|url\()["']?(?:https?:)?\/\/[^"')]*/g),
    ];
    return found.map(([what]) => `${name}: ${what}`);
  });
}
