// The lab's texts in English. This catalogue is the type of every other one: what is missing in another language does not compile.

/** Every text. What a text needs to know it takes as an argument, so that each language can order its own words. */
export const english = {
  diagram: {
    parties: { client: "oauth-lab", server: "authorization server", api: "API" },
    frontChannel: "front channel, through the browser",
    backChannel: "back channel",
    noAnswer: "no answer",
  },
};
