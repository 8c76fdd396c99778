// Nothing: what importing costs without anything to import.
export {};
