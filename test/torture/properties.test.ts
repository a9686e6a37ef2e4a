// A short slice of the long run of generated texts, so that a change that breaks a promise shows at once.
import { expect, it } from "vitest";
import { tortureProperties } from "./property-torture.ts";

it("what reads outside text holds to its promises for every text (seed 7)", async () => {
  const { total, broken } = await tortureProperties({ runs: 1200, seed: 7 });
  expect(broken).toEqual([]);
  expect(total).toBe(1200);
});
