/** What shows an output needs of where it comes from: a window on it that moves, and a search in it. */

import type { Signal } from "@preact/signals";

import type { Problem } from "../api/client";
import type { Found } from "./search";
import type { View } from "./window";

export interface Source {
  /** undefined: nothing is known yet. */
  readonly view: Signal<View | undefined>;
  readonly problem: Signal<Problem | undefined>;
  /** That it is known to be empty: then nobody has to ask. */
  readonly empty: boolean;
  /** Whether the end is in the window. */
  readonly atEnd: boolean;
  /** Whether `earlier` has more. */
  readonly hasEarlier: boolean;
  /** Whether `around` can show any place of it. */
  readonly hasAllPlaces: boolean;
  /** How much of it is in the window, in words. */
  extent(): string;
  close(): void;
  tail(): Promise<void>;
  around(offset: number): Promise<void>;
  earlier(): Promise<void>;
  later(): Promise<void>;
  find(words: string, signal: AbortSignal): AsyncGenerator<Found>;
}
