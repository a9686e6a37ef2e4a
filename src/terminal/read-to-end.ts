// All that a pipe delivers on stdin.
import type { Context } from "../context.ts";

/** Everything until stdin ends. Rejects with the signal's reason when the run is ended first. */
export function readToEnd({ stdin, signal }: Context): Promise<Buffer> {
  return new Promise((settle, fail) => {
    const chunks: Buffer[] = [];
    stdin.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    stdin.on("end", () => settle(Buffer.concat(chunks)));
    stdin.on("error", fail);
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
    stdin.resume();
  });
}
