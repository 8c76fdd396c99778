// An empty file: the base cost of an import.
export {};
