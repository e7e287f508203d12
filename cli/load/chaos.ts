import { Pacer } from "./pacer.ts";
import type { Player } from "./player.ts";
import type { Random } from "./seeded-random.ts";

/** A pause lasts this long, at least and at most. */
const pauseMs = { min: 500, max: 1_500 } as const;
/** Tries to find somebody who is there to be cut or paused. */
const triesMax = 8;

/** What is to go wrong. */
interface ChaosParts {
  readonly players: readonly Player[];
  /** Shares of all players and of all seats, 0 to 1. */
  readonly cutPerSecond: number;
  readonly pausePerSecond: number;
  readonly random: Random;
}

/** Cuts players and pauses seats, chosen at random and spread over each second. */
export class Chaos {
  readonly #parts: ChaosParts;
  readonly #cuts: Pacer;
  readonly #pauses: Pacer;
  #paused: { readonly player: Player; readonly index: number; readonly dueMs: number }[] = [];

  constructor(parts: ChaosParts) {
    const { players, cutPerSecond, pausePerSecond } = parts;
    const seats = players.reduce((sum, player) => sum + player.seats.length, 0);
    this.#parts = parts;
    this.#cuts = new Pacer(cutPerSecond * players.length, players.length);
    this.#pauses = new Pacer(pausePerSecond * seats, seats);
  }

  /** Does what is due. */
  run(elapsedMs: number, nowMs: number): void {
    for (let due = this.#cuts.due(elapsedMs); due > 0; due--)
      this.#attempt((player) => player.cut());
    for (let due = this.#pauses.due(elapsedMs); due > 0; due--)
      this.#attempt((player) => this.#pause(player, nowMs));
    const isOver = ({ dueMs }: { readonly dueMs: number }): boolean => dueMs <= nowMs;
    if (this.#paused.some(isOver)) this.#resume(isOver, nowMs);
  }

  /** Ends all pauses. */
  end(nowMs: number): void {
    this.#resume(() => true, nowMs);
  }

  #pause(player: Player, nowMs: number): boolean {
    const { random } = this.#parts;
    const index = Math.floor(random() * player.seats.length);
    if (!player.pause(index, nowMs)) return false;
    const lastsMs = pauseMs.min + random() * (pauseMs.max - pauseMs.min);
    this.#paused.push({ player, index, dueMs: nowMs + lastsMs });
    return true;
  }

  #resume(isOver: (pause: { readonly dueMs: number }) => boolean, nowMs: number): void {
    const over = this.#paused.filter(isOver);
    this.#paused = this.#paused.filter((pause) => !isOver(pause));
    for (const { player, index } of over) player.resume(index, nowMs);
  }

  #attempt(act: (player: Player) => boolean): void {
    const { players, random } = this.#parts;
    for (let tries = 0; tries < triesMax; tries++) {
      const player = players[Math.floor(random() * players.length)];
      if (player !== undefined && act(player)) return;
    }
  }
}
