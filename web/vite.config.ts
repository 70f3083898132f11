import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const WORTH_PACKING = /\.(js|css|html|svg|webmanifest)$/;

/** Writes each file a second and a third time, packed, so that the venue need not pack. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!WORTH_PACKING.test(name)) continue;
        const path = join(options.dir ?? "", name);
        const plain = readFileSync(path);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(`${path}.br`, brotliCompressSync(plain, { params }));
        writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: here,
  plugins: [react(), packed()],
  // Packages may lie elsewhere: what is built says nothing of where.
  resolve: { preserveSymlinks: true, alias: { "@": join(here, "src") } },
  build: {
    outDir: process.env["OUTCRY_SITE"] ?? join(here, "../src/outcry/gateway/web/site"),
    emptyOutDir: true,
    target: "es2022",
    // Nothing inline: the pages' policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Two pages that share what is the same: the trader, and the console of staff.
    rolldownOptions: { input: [join(here, "index.html"), join(here, "admin.html")] },
  },
  test: { include: ["tests/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
