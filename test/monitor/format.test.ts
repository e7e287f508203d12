import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatShare,
  formatTime,
  formatWhole,
  nothing,
} from "../../pages/format.ts";

function table<Input>(
  title: string,
  format: (input: Input) => string,
  rows: readonly (readonly [Input, string])[],
): void {
  test(title, () => {
    for (const [input, expected] of rows) assert.equal(format(input), expected, String(input));
  });
}

table("bytes have three digits at most, and never 1,000 of a unit", formatBytes, [
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "0.98 KiB"],
  [1_536, "1.5 KiB"],
  [20_480, "20 KiB"],
  [123_456, "121 KiB"],
  [1_048_575, "1 MiB"],
  [5 * 2 ** 30, "5 GiB"],
  [2 ** 52, "4096 TiB"],
  [-2_048, "-2 KiB"],
]);

table("counts and rates have three digits at most", formatCount, [
  [0, "0"],
  [0.04, "0.04"],
  [0.4, "0.4"],
  [42, "42"],
  [9.995, "10"],
  [99.96, "100"],
  [999, "999"],
  [999.6, "1k"],
  [1_234, "1.23k"],
  [35_000_000, "35M"],
]);

table("whole numbers keep all their digits", formatWhole, [
  [0, "0"],
  [999, "999"],
  [1_000, "1\u202f000"],
  [1_234_567, "1\u202f234\u202f567"],
]);

table("short times are milliseconds until they are seconds", formatMs, [
  [0, "0 ms"],
  [0.043, "0.04 ms"],
  [0.5, "0.5 ms"],
  [12.54, "12.5 ms"],
  [999.6, "1 s"],
  [1_250, "1.25 s"],
]);

table("long times are told by their two greatest units", formatDuration, [
  [0, "0 s"],
  [-5, "0 s"],
  [8_900, "8 s"],
  [60_000, "1 m"],
  [725_000, "12 m 5 s"],
  [3_600_000, "1 h"],
  [3_605_000, "1 h"],
  [(3 * 24 + 4) * 3_600_000, "3 d 4 h"],
]);

test("the share of a core is a percentage, and times of day have all their digits", () => {
  assert.equal(formatShare(0.359), "35.9 %");
  assert.equal(formatShare(1.5), "150 %");
  assert.equal(formatTime(new Date(2026, 10, 20, 6, 5, 9).getTime()), "06:05:09");
});

test("a number there is none of is a dash, whatever the unit", () => {
  const formats = [formatBytes, formatByteRate, formatCount, formatWhole, formatMs];
  for (const format of [...formats, formatDuration, formatShare]) {
    assert.equal(format(null), nothing);
    assert.equal(format(undefined), nothing);
  }
});
