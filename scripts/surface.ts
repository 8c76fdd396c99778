/** `npm run surface` writes the current exported names and signatures to `test/surface.json`. */
import { createProgram } from "./bump/program.ts";
import { emitSurface, entries, readSurface, surfaceFile } from "./bump/surface.ts";
import { replaceFiles } from "./emit/files.ts";
import { projectRoot } from "./spec/effective.ts";

const program = createProgram(projectRoot, new Map(), Object.values(entries));
const text = emitSurface(readSurface(program, projectRoot));
const written = replaceFiles(projectRoot, new Map([[surfaceFile, text]]));
console.log(written.length === 0 ? `${surfaceFile} is up to date.` : `Wrote ${surfaceFile}.`);
