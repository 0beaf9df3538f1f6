// Makes the pages from their sources. `--to FOLDER` writes elsewhere, `--tests` bundles the tests instead.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const option = process.argv.indexOf("--to");
const folder = option < 0 ? join(here, "..", "stream", "serve", "page") : process.argv[option + 1];
const common = { absWorkingDir: here, bundle: true, logLevel: "warning" };
// Stands in the scripts where the version of the pages comes, which is known once everything is made.
const VERSION = "version-of-the-pages";

if (process.argv.includes("--tests")) {
  const tests = (await readdir(join(here, "tests"))).map((name) => `tests/${name}`);
  await rm(join(here, ".tests"), { recursive: true, force: true });
  await build({ ...common, entryPoints: tests, outdir: ".tests", platform: "node", target: "node20", format: "esm", outExtension: { ".js": ".mjs" } });
} else {
  await mkdir(join(folder, "messages"), { recursive: true });
  await build({
    ...common,
    entryPoints: ["src/wallboard.ts", "src/live.ts", "src/wallboard.css", "src/live.css"],
    outdir: folder,
    format: "iife",
    target: ["chrome117", "firefox121", "safari16.4"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    define: { PAGE_VERSION: JSON.stringify(VERSION) },
    // Fonts keep their names, so that a changed one is seen as such.
    loader: { ".woff2": "file" },
    assetNames: "[name]",
  });
  for (const name of ["wallboard.html", "live.html", "icon.svg"]) await cp(join(here, "src", name), join(folder, name));
  await cp(join(here, "src", "messages"), join(folder, "messages"), { recursive: true });
  const licences = [
    ["uPlot", "uplot"],
    ["Inter", "@fontsource-variable/inter"],
  ];
  const texts = await Promise.all(
    licences.map(async ([name, of]) => {
      const text = await readFile(join(here, "node_modules", of, "LICENSE"), "utf8");
      return `${name}, which these pages contain:\n\n${text.replaceAll("\r\n", "\n").trim()}\n`;
    }),
  );
  await writeFile(join(folder, "licences.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
  await putVersion();
}

/** Digest what was made, so that an open page can tell whether its worker serves another one since. */
async function putVersion() {
  const digest = createHash("sha256");
  for (const name of (await readdir(folder, { recursive: true })).map((path) => path.replaceAll("\\", "/")).sort()) {
    if (/\.(html|css|js|json)$/.test(name)) digest.update(`${name}\0`).update(await readFile(join(folder, name)));
  }
  const version = digest.digest("hex").slice(0, 16);
  for (const script of ["wallboard.js", "live.js"].map((name) => join(folder, name))) {
    await writeFile(script, (await readFile(script, "utf8")).replaceAll(VERSION, version));
  }
  await writeFile(join(folder, "version.txt"), `${version}\n`);
}
