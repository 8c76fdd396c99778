export { type FileFromPathOptions, fileFromPath } from "./upload/path-file.ts";
export type { FileHandle } from "./upload/source.ts";
