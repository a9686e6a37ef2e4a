// Properties that must hold for every text, tried with as many hostile ones as there is time for. The short runs stand in the tests of each part.
import fc from "fast-check";
import type { Context } from "../../src/context.ts";
import {
  formatRecord,
  parseStored,
  RecordError,
  readRecord,
} from "../../src/credentials/record.ts";
import { OAuthLabError } from "../../src/errors.ts";
import { readPastedAddress } from "../../src/flow/pasted-address.ts";
import { type Expected, verifyRedirect } from "../../src/flow/redirect.ts";
import { Redactor } from "../../src/lab/trace/redactor.ts";
import { readSettings } from "../../src/settings.ts";
import { sanitise } from "../../src/terminal/sanitise.ts";
import { hostileText, longHostileText } from "../support/hostile.ts";
import { numberedCredential } from "./numbered-credential.ts";

export interface PropertyTortureResult {
  /** How many inputs each property was tried with. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly total: number;
  /** A property that does not hold, with the smallest input that shows it. */
  readonly broken: readonly string[];
}

const state = "state-0123456789abcdefghijklmnopqrstuvwxyz";
const expected: Expected = {
  redirectUri: "http://127.0.0.1:8000/callback/example",
  state,
  issuer: "https://as.example",
  issRequired: false,
};
const authorizationEndpoint = "https://as.example/authorize";
const right = `${expected.redirectUri}?code=code-0123456789&state=${state}`;

const parameters = fc
  .array(
    fc.tuple(
      fc.constantFrom("code", "state", "iss", "error", "error_description", "access_token", "x"),
      fc.oneof(hostileText, fc.constantFrom(state, "code-0123456789", expected.issuer, "")),
    ),
    { maxLength: 6 },
  )
  .map((pairs) => new URLSearchParams(pairs).toString());
const bases = fc.oneof(
  { weight: 4, arbitrary: fc.constant(expected.redirectUri) },
  fc.webUrl(),
  hostileText,
);
const addresses = fc
  .tuple(bases, fc.constantFrom("?", "#", "&"), parameters)
  .map((parts) => parts.join(""));
const mangled = fc
  .tuple(fc.nat(right.length), fc.nat(8), hostileText)
  .map(([at, gone, text]) => `${right.slice(0, at)}${text}${right.slice(at + gone)}`);
const pastes = fc.oneof(addresses, mangled, hostileText);

/** What may be said of an address that passed: our own, with the right state once, one code, and no other issuer. */
function isAnswerToUs(address: string): boolean {
  const [before = "", fragment] = address.split("#");
  const [base, ...query] = before.split("?");
  const found = new URLSearchParams(query.join("?"));
  return (
    base === expected.redirectUri &&
    found.getAll("state").join() === state &&
    found.getAll("code").length === 1 &&
    ["", expected.issuer].includes(found.get("iss") ?? "") &&
    (found.get("error") ?? "") === "" &&
    !new URLSearchParams(fragment ?? "").has("access_token")
  );
}

const redirect = fc.property(pastes, (address) => {
  const verdict = verifyRedirect(address, expected);
  return verdict.kind !== "verified" || isAnswerToUs(address);
});

const paste = fc.property(pastes, (text) => {
  const address = readPastedAddress(text, { ...expected, authorizationEndpoint });
  if (address instanceof OAuthLabError) return !isHarmful(address.message);
  const verdict = verifyRedirect(address, expected);
  return (
    /^https?:\/\/[\u0021-\u007e]*$/i.test(address) &&
    (verdict.kind !== "verified" || isAnswerToUs(address))
  );
});

/** Written out, so that it shares no mistake with the source. */
function isHarmful(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
  return /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|::|##/.test(
    text,
  );
}

const sanitiser = fc.property(
  fc.oneof(hostileText, longHostileText),
  fc.integer({ min: 1, max: 400 }),
  (text, maxLength) => {
    const shown = sanitise(text, maxLength);
    return !isHarmful(shown) && shown.length <= maxLength && !/\p{Surrogate}/u.test(shown);
  },
);

const lines = fc.oneof(
  hostileText,
  fc
    .tuple(
      fc.constantFrom("GITHUB_CLIENT_ID", "export X_SCOPE", "BROWSER", "OAUTH_LAB_HOME", "x.y"),
      fc.constantFrom("=", " = ", ": ", "='", '="', "=`", "=#"),
      fc.oneof(hostileText, fc.string(), fc.constantFrom("a#b", "a #b", "'", '"', "\\n")),
    )
    .map((parts) => parts.join("")),
);
const envFiles = fc
  .array(lines, { maxLength: 8 })
  .chain((all) => fc.constantFrom("\n", "\r\n", "\r").map((end) => all.join(end)));
const ourKey = /^(OAUTH_LAB_|GITHUB_SERVER_URL$|[A-Z][A-Z0-9_]*_[A-Z])/;

/** Whatever a .env holds: only our keys, each value printable, in the file as it is and not cut short; or a refusal. */
const envFile = fc.asyncProperty(envFiles, async (text) => {
  try {
    const settings = await readSettings({ envFile: "/lab/.env" }, contextWith(Buffer.from(text)));
    return settings.keysEndingWith("").every((key) => {
      const value = settings.value(key) ?? "";
      return (
        ourKey.test(key) &&
        /^[\u0020-\u007e]+$/.test(value) &&
        text.includes(value) &&
        !text.split(/[\r\n]+/).some((line) => line.endsWith(`${key}=${value}#`))
      );
    });
  } catch (error) {
    return error instanceof OAuthLabError && !isHarmful(error.message);
  }
});

/** A context in which the named .env has this content and no other exists. */
function contextWith(content: Buffer): Context {
  const missing = Object.assign(new Error("missing"), { code: "ENOENT" });
  const handle = {
    stat: async () => ({ isFile: () => true, size: content.byteLength, uid: 0, mode: 0o100600 }),
    readFile: async () => content,
    close: async () => {},
  };
  const context = {
    ...{ env: {}, platform: "linux", userId: 0, homeFolder: "/home/x", workingFolder: "/work" },
    files: {
      open: (path: string) =>
        path === "/lab/.env" ? Promise.resolve(handle) : Promise.reject(missing),
    },
  };
  return context as unknown as Context;
}

const record = Buffer.from(formatRecord(numberedCredential(1)).replaceAll(/(refresh-1-)+/g, "rt"));
const fields = Object.keys(JSON.parse(record.toString()));
const damaged = fc
  .array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
  .map((changes) => {
    const bytes = Buffer.from(record);
    for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
    return bytes;
  });
const altered = fc
  .dictionary(fc.constantFrom(...fields, "__proto__"), fc.jsonValue({ maxDepth: 2 }))
  .map((changes) => Buffer.from(JSON.stringify({ ...JSON.parse(record.toString()), ...changes })));
const cut = fc.nat(record.byteLength).map((length) => record.subarray(0, length));

/** Any bytes are a credential that is written and read again, or a RecordError. */
const storeReader = fc.property(
  fc.oneof(fc.uint8Array({ maxLength: 400 }), damaged, altered, cut),
  (bytes) => {
    try {
      const credential = readRecord(parseStored(bytes));
      const text = formatRecord(credential);
      return formatRecord(readRecord(parseStored(Buffer.from(text)))) === text;
    } catch (error) {
      return error instanceof RecordError;
    }
  },
);

/** A secret that was seen once stands in nothing that is shown after. */
const redactor = fc.property(
  fc
    .string({ unit: "grapheme", minLength: 8, maxLength: 60 })
    .filter((text) => !/^<|>$/.test(text)),
  fc.tuple(hostileText, hostileText),
  (secret, [before, after]) => {
    const hide = new Redactor();
    hide.parameter("code", secret);
    const shown = hide.text(`${before} ${secret} ${encodeURIComponent(secret)} ${after}`);
    return !shown.includes(secret) && !shown.includes(encodeURIComponent(secret));
  },
);

const properties = {
  ...{ "redirect verifier": redirect, "paste parser": paste, sanitiser },
  ...{ ".env checker": envFile, "store reader": storeReader, redactor },
};

/** Shares the runs out among the properties. */
export async function tortureProperties({
  runs,
  seed,
}: {
  runs: number;
  seed: number;
}): Promise<PropertyTortureResult> {
  const numRuns = Math.ceil(runs / Object.keys(properties).length);
  const inputs: Record<string, number> = {};
  const broken: string[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const details = await fc.check(property as fc.IAsyncProperty<unknown>, { seed, numRuns });
    inputs[name] = details.numRuns;
    if (details.failed) broken.push(`${name}: ${JSON.stringify(details.counterexample)}`);
  }
  const total = Object.values(inputs).reduce((sum, count) => sum + count, 0);
  return { inputs, total, broken };
}
