// The client and the provider of a run, as a table: who asked whom, and how the client proved itself. No secret.
import type { Texts } from "../texts/texts.ts";
import type { TracedMessage } from "../trace/message.ts";
import type { PurposeName } from "../trace/purpose.ts";
import { type Block, outside, type Text } from "./document.ts";
import type { Facts } from "./facts.ts";
import type { ReportParts } from "./report.ts";

/** What is known of the client and the provider. */
export function clientBlocks({ facts, run, texts }: ReportParts): Block[] {
  const words = texts.report.client;
  const { opened } = facts;
  if (opened === undefined) return [{ kind: "paragraph", text: words.unknown }];
  const { provider, registration } = opened;
  const { clientSecret, privateKeyFile } = registration;
  const isConfidential = clientSecret !== undefined || privateKeyFile !== undefined;
  const rows: Text[][] = [
    [words.provider, [`${provider.label} `, outside(provider.name)]],
    [words.issuer, outside(provider.issuer)],
    ...endpointRows(run.messages, words),
    [words.clientId, outside(registration.clientId)],
    [words.clientType, isConfidential ? words.confidential : words.public],
    ...requestRows(facts, words),
    ...pageRows(facts, words),
  ];
  return [{ kind: "table", look: "facts", rows }];
}

type Words = Texts["report"]["client"];

function endpointRows(messages: readonly TracedMessage[], words: Words): Text[][] {
  const row = (title: string, ...purposes: PurposeName[]): Text[][] => {
    const message = messages.find(({ purpose }) => purposes.includes(purpose));
    return message === undefined ? [] : [[title, outside(message.address)]];
  };
  return [
    ...row(words.authorizationEndpoint, "authorization-request"),
    ...row(
      words.tokenEndpoint,
      ...(["exchange-code", "refresh", "client-credentials", "poll-device"] as const),
    ),
    ...row(words.api, "use-token"),
  ];
}

function requestRows({ opened, authentication, request }: Facts, words: Words): Text[][] {
  const scopes = opened?.registration.scopes ?? [];
  const redirectUri = request?.get("redirect_uri");
  const asked = request?.get("scope") ?? scopes.join(" ");
  const offline = [
    ...(request?.get("access_type") === "offline" ? ["access_type=offline"] : []),
    ...(asked.split(" ").includes("offline_access") ? ["scope=offline_access"] : []),
  ];
  return [
    ...(authentication ? [[words.authentication, words[authentication]]] : []),
    ...(redirectUri ? [[words.redirectUri, outside(redirectUri)]] : []),
    [words.scopes, asked === "" ? words.none : outside(asked)],
    ...offline.map((parameter): Text[] => [words.offline, outside(parameter)]),
  ];
}

function pageRows({ opened }: Facts, words: Words): Text[][] {
  const { page, documentation = "" } = opened?.provider.registration ?? {};
  return [
    ...(page === undefined ? [] : [[words.registration, outside(page)]]),
    [words.documentation, outside(documentation)],
  ];
}
