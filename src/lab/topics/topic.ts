// What there is to explain: each topic's sections in the specifications and the command that shows it happen. The texts are in one file a language.

/** Where a specification says it: the numbers are the document's own. */
export interface Reference {
  readonly document:
    | "RFC 6749"
    | "RFC 6819"
    | "RFC 7636"
    | "RFC 8252"
    | "RFC 8628"
    | "RFC 9126"
    | "RFC 9207"
    | "RFC 9449"
    | "RFC 9700"
    | "OIDC Core";
  readonly sections: readonly string[];
}

/** One topic, without its text. */
interface TopicRow {
  readonly references: readonly Reference[];
  /** A command line of ours, without the program's name. */
  readonly command: string;
}

/** The topics, in the order in which to read them. */
export const topics = {
  roles: {
    references: [{ document: "RFC 6749", sections: ["1.1", "2.1"] }],
    command: "demo",
  },
  "authorization-code": {
    references: [
      { document: "RFC 6749", sections: ["1.3.1", "4.1"] },
      { document: "RFC 9700", sections: ["2.1.1"] },
    ],
    command: "login sandbox --trace",
  },
  "front-and-back-channel": {
    references: [
      { document: "RFC 6749", sections: ["1.3.1", "10.8"] },
      { document: "RFC 9700", sections: ["4.2", "4.3"] },
    ],
    command: "login sandbox --trace",
  },
  state: {
    references: [
      { document: "RFC 6749", sections: ["4.1.1", "10.12"] },
      { document: "RFC 9700", sections: ["4.7"] },
    ],
    command: "demo",
  },
  pkce: {
    references: [
      { document: "RFC 7636", sections: ["4.1", "4.2", "4.6"] },
      { document: "RFC 9700", sections: ["2.1.1", "4.5.3.1"] },
    ],
    command: "demo",
  },
  "redirect-uri": {
    references: [
      { document: "RFC 6749", sections: ["3.1.2", "10.6"] },
      { document: "RFC 8252", sections: ["7.3", "8.3"] },
      { document: "RFC 9700", sections: ["4.1"] },
    ],
    command: "login sandbox --paste",
  },
  scopes: {
    references: [
      { document: "RFC 6749", sections: ["3.3", "5.1"] },
      { document: "OIDC Core", sections: ["5.4", "11"] },
    ],
    command: "login sandbox --scope openid",
  },
  "id-token": {
    references: [{ document: "OIDC Core", sections: ["2", "3.1.3.7"] }],
    command: "explain -",
  },
  nonce: {
    references: [
      { document: "OIDC Core", sections: ["3.1.2.1", "3.1.3.7", "15.5.2"] },
      { document: "RFC 9700", sections: ["4.5.3.2"] },
    ],
    command: "login sandbox",
  },
  "refresh-token": {
    references: [
      { document: "RFC 6749", sections: ["1.5", "6", "10.4"] },
      { document: "RFC 9700", sections: ["2.2.2", "4.14"] },
    ],
    command: "refresh sandbox",
  },
  "client-credentials": {
    references: [{ document: "RFC 6749", sections: ["1.3.4", "4.4", "4.4.3"] }],
    command: "login sandbox --client-credentials",
  },
  "device-code": {
    references: [{ document: "RFC 8628", sections: ["3.2", "3.3", "3.4", "3.5", "5.4"] }],
    command: "login sandbox --device",
  },
  par: {
    references: [{ document: "RFC 9126", sections: ["1", "2.1", "2.2", "4"] }],
    command: "login sandbox --par --trace",
  },
  dpop: {
    references: [
      { document: "RFC 9449", sections: ["4.2", "5", "7.1", "8"] },
      { document: "RFC 9700", sections: ["2.2.1"] },
    ],
    command: "login sandbox --dpop --trace",
  },
  "tokens-at-rest": {
    references: [
      { document: "RFC 6749", sections: ["10.3", "10.4"] },
      { document: "RFC 6819", sections: ["5.3.3"] },
    ],
    command: "status",
  },
} as const satisfies Record<string, TopicRow>;

/** A topic's name. */
export type TopicName = keyof typeof topics;

/** A topic in one language. Paragraphs are wrapped when shown; one that begins with a space stands as it is. */
export interface TopicText {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** What to look at when the command runs. */
  readonly watch: string;
}

/** All that is said in one language: what it lacks does not compile. */
export interface TopicCatalogue {
  readonly labels: {
    /** Before the command that shows it happen, and before the specifications; of one width. */
    readonly see: string;
    readonly read: string;
    /** Two lines under the list of topics. */
    readonly howToShow: string;
    readonly howToPaste: string;
  };
  readonly topics: Readonly<Record<TopicName, TopicText>>;
}

/** Whether there is such a topic. */
export function isTopic(name: string): name is TopicName {
  return Object.hasOwn(topics, name);
}
