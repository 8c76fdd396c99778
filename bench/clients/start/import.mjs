// Prints the milliseconds that importing takes, in a process that has done nothing else.
const [, , specifier] = process.argv;
const startedMs = performance.now();
await import(specifier);
process.stdout.write(String(performance.now() - startedMs));
