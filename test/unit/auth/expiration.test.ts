import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { parseExpiration } from "../../../src/utils/timestamp.ts";

const AUGUST = Date.UTC(2024, 7, 1, 9, 30, 15);

describe("expiration_time", () => {
  it.each([
    ["2024-08-01T09:30:15Z", AUGUST],
    ["2024-08-01T09:30:15.000Z", AUGUST],
    ["2024-08-01t09:30:15z", AUGUST],
    ["2024-08-01T09:30:15.250Z", AUGUST + 250],
    ["2024-08-01T09:30:15.123456Z", AUGUST + 123],
    ["2024-08-01T09:30:15.123456789+00:00", AUGUST + 123],
    ["2024-08-01T19:30:15+10:00", AUGUST],
    ["2024-08-01T05:00:15-0430", AUGUST],
    ["2024-08-01T11:30:15+02", AUGUST],
    ["2024-08-01 09:30:15+00:00", AUGUST],
    ["2024-08-01T09:30Z", AUGUST - 15_000],
    ["9999-12-31T23:59:59Z", Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])("reads %s and keeps it as it was written [A23]", (text, atMs) => {
    expect(parseExpiration(text)).toEqual({ atMs, text });
  });

  it.each([
    ["2024-08-01T09:30:15", AUGUST],
    ["2024-08-01 09:30:15", AUGUST],
    ["2024-08-01T09:30:15.123456", AUGUST + 123],
    ["2024-08-01T09:30", AUGUST - 15_000],
    ["2024-08-01", Date.UTC(2024, 7, 1)],
  ])("takes %s, which names no zone, for UTC and says so to whoever reads it next [A23]", (text, atMs) => {
    expect(parseExpiration(text)).toEqual({ atMs, text: new Date(atMs).toISOString() });
  });

  it("reads a zone-less time the same in Sydney and in New York [A23]", () => {
    try {
      for (const name of ["Australia/Sydney", "America/New_York"]) {
        vi.stubEnv("TZ", name);
        expect(new Date("2024-08-01T09:30:15").getTime()).not.toBe(AUGUST); // the zone is really set
        expect(parseExpiration("2024-08-01T09:30:15")?.atMs).toBe(AUGUST);
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    [AUGUST / 1000, AUGUST],
    [AUGUST, AUGUST],
    [AUGUST / 1000 + 0.5, AUGUST + 500],
    [String(AUGUST / 1000), AUGUST],
    [String(AUGUST), AUGUST],
  ])("reads the epoch %s: seconds below 100,000,000,000, else milliseconds [A23]", (value, atMs) => {
    expect(parseExpiration(value)).toEqual({ atMs, text: new Date(atMs).toISOString() });
  });

  it.each([
    null,
    undefined,
    "",
    " ",
    "not a date",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    JSON.parse("1e309"),
    1e300,
    0,
    -1,
    true,
    [],
    {},
    [AUGUST],
    "2024",
    "20240801",
    "2024-02-30T00:00:00Z",
    "2024-13-01",
    "2024-08-01T24:00:00Z",
    "2024-08-01T09:60:00Z",
    "2024-08-01T09:30:15+99:00",
    "2024-08-01T09:30:15+01:75",
    "Thu, 01 Aug 2024 09:30:15 GMT",
    "2024-08-01T09:30:15 Z",
    " 2024-08-01T09:30:15Z",
    "2024-08-01T09:30:15Z\n",
    "+002024-08-01T09:30:15Z",
    "PT1H",
  ])("cannot read %j [A23]", (value) => {
    expect(parseExpiration(value)).toBeUndefined();
  });

  it("reads the year 1 as long ago and not as 1901 [A23]", () => {
    expect(parseExpiration("0001-01-01T00:00:00Z")?.atMs).toBe(-62_135_596_800_000);
  });

  it("reads back every instant in every zone [A23]", () => {
    const instants = fc.date({
      min: new Date("1970-01-02"),
      max: new Date("9999-12-30"),
      noInvalidDate: true,
    });
    const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(instants, offsets, (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offset);
        const pad = (part: number): string => String(part).padStart(2, "0");
        const zone = `${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        expect(parseExpiration(local + zone)?.atMs).toBe(instant.getTime());
      }),
    );
  });

  it("never throws, and only ever brings a finite time [A23]", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const parsed = parseExpiration(value);
        expect(parsed === undefined || Number.isFinite(parsed.atMs)).toBe(true);
      }),
    );
  });
});
