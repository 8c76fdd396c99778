// Checks the figures of docs/scale.md: compares the formulas with a simulated fleet, and the SDK with the assumptions of both.
import { type Fleet, type Load, predict } from "./scale/model.ts";
import { countTokens } from "./scale/sdk-counts.ts";
import { simulate, simulateSockets } from "./scale/simulate.ts";

const FLEET: Fleet = {
  processes: 1000,
  consultsPerDay: 1_000_000,
  busiestHour: 0.15,
  consultsPerUserAndDay: 25,
  quickCalls: 20,
  quickSeconds: 0.15,
  uploadSeconds: 5,
  streamSeconds: 20,
  consultSeconds: 240,
  tokenSeconds: 3480,
  sticky: false,
};
/** The simulated fleet: the same load per process, with just enough processes to show how they interact. */
const SMALL: Fleet = { ...FLEET, processes: 40, consultsPerDay: 40_000 };
const TOLERANCE = 0.1;

const NAMES: Readonly<Record<keyof Load, string>> = {
  consultsPerSecond: "consults per second",
  callsPerSecond: "calls per second",
  busySockets: "sockets with a call on them",
  exchangesPerSecondAlone: "token exchanges per second, without a shared store",
  exchangesPerSecondShared: "token exchanges per second, shared store",
  storeOperationsPerSecond: "store operations per second",
};

const format = (value: number): string => value.toLocaleString("en-US", { maximumSignificantDigits: 3 });

let failures = 0;
for (const sticky of [false, true]) {
  const [computed, played] = [predict({ ...SMALL, sticky }), simulate({ ...SMALL, sticky })];
  const whole = predict({ ...FLEET, sticky });
  console.log(`\n${sticky ? "A user's calls reach one process" : "A user's calls reach any process"}\n`);
  console.log(
    "| busiest hour | 40 processes, computed | simulated | 1,000 processes, computed |\n|---|---|---|---|",
  );
  for (const [key, name] of Object.entries(NAMES) as [keyof Load, string][]) {
    const isNear = Math.abs(computed[key] - played[key]) <= TOLERANCE * played[key];
    if (!isNear) failures++;
    const mark = isNear ? "" : " (apart by more than 10 %)";
    console.log(
      `| ${name} | ${format(computed[key])} | ${format(played[key])}${mark} | ${format(whole[key])} |`,
    );
  }
}

const { openPerProcess, most, handshakesPerSecond } = simulateSockets(SMALL);
const perSecond = (handshakesPerSecond * FLEET.processes) / SMALL.processes;
console.log(
  `\nSockets, simulated: ${format(openPerProcess)} open in a process on average, ${most} at most, ${format(perSecond)} handshakes per second in 1,000 processes.`,
);

const [processes, users] = [5, 40];
const { exchanges, gets, sets } = await countTokens(processes, users);
console.log(
  `\nThe SDK, ${processes} processes that meet ${users} users twice: ${exchanges} exchanges, ${gets} get, ${sets} set.`,
);
if (exchanges !== users || sets !== users || gets !== processes * users) failures++;
if (failures > 0) console.error(`${failures} figures are wrong`);
process.exitCode = failures === 0 ? 0 : 1;
