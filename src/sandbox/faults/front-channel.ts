// Faults of the answer that comes through the browser: what an attacker, or another server, could send.
import { changeAnswer, type Fault } from "./fault.ts";

/** In the order of --list-faults. */
export const frontChannelFaults: readonly Fault[] = [
  {
    name: "wrong-state",
    teaches:
      "An answer with another state belongs to another request, perhaps an attacker's (CSRF).",
    goodClient: "Exchanges nothing, says so, and waits on for its own answer.",
    makeLayer: changeAnswer((answer) => answer.set("state", "the-state-of-another-request")),
  },
  {
    name: "forged-error",
    teaches: "An error without the right state may come from anyone who wants the login to fail.",
    goodClient: "Does not believe it and waits on: state is checked before the error is read.",
    makeLayer: changeAnswer((answer) => {
      answer.delete("code");
      answer.set("error", "access_denied");
      answer.set("state", "a-state-that-somebody-made-up");
    }),
  },
  {
    name: "denied",
    teaches: "The user may say no: an answer with the right state and error=access_denied.",
    goodClient: "Ends the login, says that access was denied, and stores nothing.",
    makeLayer: changeAnswer((answer) => {
      answer.delete("code");
      answer.set("error", "access_denied");
      answer.set("error_description", "The user denied the request.");
    }),
  },
  {
    name: "missing-iss",
    teaches:
      "A server whose metadata promises iss always sends it: without it the answer may be another server's.",
    goodClient: "Refuses the answer and exchanges nothing (RFC 9207 §2.4).",
    makeLayer: changeAnswer((answer) => answer.delete("iss")),
  },
  {
    name: "wrong-iss",
    teaches: "An answer that names another server is the mark of a mix-up attack.",
    goodClient: "Refuses it: the code would go to a server that must not have it (RFC 9207 §2.4).",
    makeLayer: changeAnswer((answer) => answer.set("iss", "https://another-server.example")),
  },
];
