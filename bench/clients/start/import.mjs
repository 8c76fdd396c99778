// Prints the duration of an import in milliseconds, in a new process.
const [, , specifier] = process.argv;
const startedMs = performance.now();
await import(specifier);
process.stdout.write(String(performance.now() - startedMs));
