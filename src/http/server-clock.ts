// How far this machine's clock is from the server's, by the Date of its answers (RFC 9110 §6.6.1). For a warning only: every lifetime counts from when we received the answer.
import type { Context } from "../context.ts";

/** A smaller difference harms nothing that we do. */
const noteworthySeconds = 180;

/** A context that looks at the answers it gets, and what is to be said of the clock once they have come. */
export interface ClockWatch {
  readonly context: Context;
  /** A line for a person; undefined where the clocks agree well enough. */
  warning(): string | undefined;
}

/** Watches the answers to POSTs: one to a GET may come out of a cache, with the date of long ago. */
export function watchServerClock(context: Context): ClockWatch {
  let latest: { host: string; aheadSeconds: number } | undefined;
  const fetch: Context["fetch"] = async (input, init) => {
    const sent = context.clock.now();
    const response = await context.fetch(input, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    if (init?.method === "POST" && !Number.isNaN(date)) {
      const { host } = new URL(input instanceof Request ? input.url : input);
      latest = { host, aheadSeconds: ahead({ sent, received: context.clock.now(), date }) };
    }
    return response;
  };
  return {
    context: { ...context, fetch },
    warning: () => {
      if (latest === undefined || Math.abs(latest.aheadSeconds) < noteworthySeconds) return;
      const { host, aheadSeconds } = latest;
      const minutes = Math.round(Math.abs(aheadSeconds) / 60);
      const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
      const side = aheadSeconds > 0 ? "ahead of" : "behind";
      return `This machine's clock is ${amount} ${side} that of ${host}. Set it right: certificates and ID tokens are judged by it. How long a token lives is counted from when it came, so that is not affected.`;
    },
  };
}

/** Seconds that our clock is ahead, negative where it is behind: 0 if the answer can have been written between sending and receiving. */
function ahead(times: { sent: number; received: number; date: number }): number {
  const { sent, received, date } = times;
  const least = sent - (date + 999);
  const most = received - date;
  if (least > 0) return least / 1000;
  return most < 0 ? most / 1000 : 0;
}
