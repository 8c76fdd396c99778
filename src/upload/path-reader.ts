import type { BigIntStats } from "node:fs";
import type { FileHandle as Descriptor } from "node:fs/promises";
import type { OpenOptions } from "../transport/body.ts";
import { uploadError } from "./faults.ts";
import { BLOCK_BYTES, type ChunkReader } from "./source.ts";

/**
 * Reads a file block by block, one block ahead of the sender, and fails when it is not the file that was announced.
 *
 * Recycled, two blocks are all the memory it takes: while the sender has one, the other is filled, and asking for the
 * next gives the first back. A block is only ever short at the end of the file, after which nothing is filled.
 * Without recycling every block is new, and the collector's pace decides how much is held.
 */
export function createPathReader(
  open: () => Promise<Descriptor>,
  announced: BigIntStats,
  { recycle = false }: OpenOptions,
): ChunkReader {
  const size = Number(announced.size);
  const blockBytes = Math.min(BLOCK_BYTES, size);
  const blocks: Uint8Array[] = [];
  let file: Promise<Descriptor> | undefined;
  let position = 0;
  let turn = 0;
  let ahead: Promise<Uint8Array | undefined> | undefined;
  let closing: Promise<void> | undefined;

  const openChecked = async (): Promise<Descriptor> => {
    const opened = await open();
    try {
      if (!isSame(await opened.stat({ bigint: true }), announced)) throw changed();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  };

  const blockFor = (): Uint8Array => {
    if (!recycle) return new Uint8Array(Math.min(blockBytes, size - position));
    turn = 1 - turn;
    const block = blocks[turn] ?? new Uint8Array(blockBytes);
    blocks[turn] = block;
    return block;
  };

  const fill = async (): Promise<Uint8Array | undefined> => {
    if (closing !== undefined || position >= size) return undefined;
    file ??= openChecked();
    const descriptor = await file;
    const block = blockFor();
    const wanted = Math.min(block.byteLength, size - position);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await descriptor.read(block, filled, wanted - filled, position).catch(failed);
      if (bytesRead === 0) throw changed();
      filled += bytesRead;
      position += bytesRead;
    }
    // All is read: what is done to the file from here on, its last block not being sent yet, changes nothing.
    if (position >= size && !isSame(await descriptor.stat({ bigint: true }), announced)) throw changed();
    return block.subarray(0, filled);
  };

  const close = (): Promise<void> => {
    closing ??= (async () => {
      await ahead?.catch(() => {});
      await (await file?.catch(() => undefined))?.close();
    })();
    return closing;
  };

  return {
    async read() {
      const block = await (ahead ?? fill());
      ahead = block === undefined || position >= size ? undefined : fill();
      // Its failure is for the next read; until then it must not count as unhandled.
      ahead?.catch(() => {});
      if (ahead === undefined) await close();
      return block;
    },
    close,
  };
}

function isSame(found: BigIntStats, announced: BigIntStats): boolean {
  return (
    found.size === announced.size &&
    found.mtimeNs === announced.mtimeNs &&
    found.ino === announced.ino &&
    found.dev === announced.dev
  );
}

function changed(): Error {
  return uploadError(
    "The file changed between its check and its last byte; the upload was cut off. Upload a recording when it is finished, or send it live with startRecording.",
  );
}

function failed(error: unknown): never {
  throw uploadError("The file could no longer be read; the upload was cut off.", error);
}
