// The same as import.mjs, for CommonJS.
const [, , specifier] = process.argv;
const startedMs = performance.now();
require(specifier);
process.stdout.write(String(performance.now() - startedMs));
