import type { Traits } from "./cells.ts";

export interface Scenario {
  readonly name: string;
}

export declare function scenariosFor(traits: Traits): readonly Scenario[];
