import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "../src");
const MODULE_LINES = 500;

const files = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => relative(SOURCE, join(entry.parentPath, entry.name)));

/** Returns the rooms that a file imports from. */
function imports(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), "utf-8");
  return [...text.matchAll(/from "@\/([\w-]+\/[\w-]+)/g)].map((found) => found[1] ?? "");
}

const room = (file: string) => file.split("/").slice(0, 2).join("/");

describe("rooms", () => {
  it("features never import each other, and packages import no feature", () => {
    const wrong = files.flatMap((file) => imports(file)
      .filter((other) => other.startsWith("features/") && other !== room(file))
      .filter(() => !file.startsWith("app/"))
      .map((other) => `${file} imports ${other}`));
    expect(wrong).toEqual([]);
  });

  it("the console keeps the same order: app, rooms, parts, and shares packages alone", () => {
    const wrong = files.flatMap((file) => imports(file).filter((other) => {
      if (!file.startsWith("admin/")) return other.startsWith("admin/");
      if (other.startsWith("packages/")) return false;
      if (!other.startsWith("admin/")) return true;
      const own = room(file);
      return own !== "admin/app" && other !== own && other !== "admin/parts";
    }).map((other) => `${file} imports ${other}`));
    expect(wrong).toEqual([]);
  });

  it("nothing imports the app but its own", () => {
    const wrong = files.filter((file) => !file.startsWith("app/"))
      .filter((file) => imports(file).some((other) => other.startsWith("app/")));
    expect(wrong).toEqual([]);
  });

  it("no module is long, and none makes money a number with decimals", () => {
    for (const file of files) {
      if (file.endsWith("types.ts")) continue;
      const text = readFileSync(join(SOURCE, file), "utf-8");
      expect(text.split("\n").length, file).toBeLessThan(MODULE_LINES);
      expect(text.match(/parseFloat|toFixed|dangerouslySetInnerHTML|\beval\(/g), file).toBeNull();
    }
  });
});
