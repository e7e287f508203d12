import { median } from "../harness/median.ts";
import type { MicroCase } from "./micro-case.ts";

/** What one case costs. */
export interface MicroFigures {
  readonly name: string;
  readonly what: string;
  /** Median over the samples. */
  readonly nsPerOperation: number;
  readonly bestNs: number;
  /** On the heap and in buffers; garbage included, that is the point. */
  readonly bytesPerOperation: number;
}

const warmUpMs = 300;
const samples = 50;
/** One sample: long enough for the clock, short enough to fall between two disturbances. */
const sampleMs = 4;
/** What is allocated before it is looked at how much: far from where a collection would start. */
const allocatedEnoughBytes = 4 * 2 ** 20;
const operationsMax = 200_000;

/** Measures one case, first its time, then its garbage. Needs `--expose-gc` and a large young generation. */
export function measureCase(measured: MicroCase): MicroFigures {
  const { name, what } = measured;
  const operation = measured.prepare();
  const perSample = Math.max(1, Math.round((warmUp(operation) * sampleMs) / warmUpMs));
  const times = Array.from({ length: samples }, () => {
    const startNs = process.hrtime.bigint();
    for (let done = 0; done < perSample; done++) operation();
    return Number(process.hrtime.bigint() - startNs) / perSample;
  });
  return {
    name,
    what,
    nsPerOperation: median(times),
    bestNs: Math.min(...times),
    bytesPerOperation: measureBytes(operation),
  };
}

/** Runs until the code is hot; returns how many operations that were. */
function warmUp(operation: () => void): number {
  const endMs = performance.now() + warmUpMs;
  let done = 0;
  for (; performance.now() < endMs; done++) operation();
  return done;
}

function measureBytes(operation: () => void): number {
  globalThis.gc?.();
  const before = allocatedBytes();
  let done = 0;
  for (let batch = 16; done < operationsMax; batch *= 2) {
    for (let index = 0; index < batch; index++) operation();
    done += batch;
    if (allocatedBytes() - before > allocatedEnoughBytes) break;
  }
  return Math.max(0, (allocatedBytes() - before) / done);
}

function allocatedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
