import * as one from "heidi-health-sdk";
import { describe, expect, it, vi } from "vitest";

describe("an error of another copy of the package", () => {
  it("is an instance of the same class and of its bases, and of no other class [H8]", async () => {
    vi.resetModules();
    const other = await import("heidi-health-sdk");
    expect(other.HeidiError).not.toBe(one.HeidiError);

    const error = new other.HeidiArgumentError("page_size", "It must be a whole number.");
    expect(error).toBeInstanceOf(one.HeidiArgumentError);
    expect(error).toBeInstanceOf(one.HeidiError);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(one.HeidiConfigurationError);
    expect(one.isHeidiError(error)).toBe(true);
  });

  it("is not imitated by an object of the same name", () => {
    class HeidiError extends Error {}
    expect(new HeidiError()).not.toBeInstanceOf(one.HeidiError);
    expect({ name: "HeidiError" }).not.toBeInstanceOf(one.HeidiError);
    expect(null).not.toBeInstanceOf(one.HeidiError);
  });

  it("may be of a class that its user derived", () => {
    class Late extends one.HeidiTimeoutError {}
    const late = new Late("late");
    expect(late).toBeInstanceOf(Late);
    expect(late).toBeInstanceOf(one.HeidiTimeoutError);
    expect(new one.HeidiTimeoutError("")).not.toBeInstanceOf(Late);
  });
});
