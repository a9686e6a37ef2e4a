// The steps of a run in English, as the lab report heads and explains them.

/** A step of a run: its heading, and what happens in it. */
interface StepText {
  readonly title: string;
  readonly about: string;
}

/** The steps, by what is done in them. */
export const englishSteps = {
  preparation: {
    title: "Preparation",
    about:
      "Before the flow begins, the client reads what the server publishes about itself: its endpoints and what it can do.",
  },
  ask: {
    title: "Ask for a code",
    about:
      "The client sends the browser to the authorization server. The address says who asks (client_id), for what (scope) and where the answer is to go (redirect_uri); state and the PKCE challenge tie the answer to this very request. Nothing in it opens anything by itself.",
  },
  approve: {
    title: "The user approves",
    about:
      "The user signs in at the authorization server, not at the client, and approves. The server sends the browser back to the redirect URI with a code. Before the client looks at the code, it compares the address, state and iss with its request.",
  },
  exchange: {
    title: "Exchange the code",
    about:
      "Straight from the client to the token endpoint, past the browser: the code, the PKCE verifier and, if the client is confidential, its secret. The answer holds the tokens. The signature of an ID token is checked with the server's public key.",
  },
  use: {
    title: "Use the token",
    about:
      "The client calls the API with the access token in the Authorization header. The API learns neither the user's password nor the client's secret.",
  },
  renew: {
    title: "Renew the access token",
    about:
      "The client sends the refresh token to the token endpoint and gets a new access token. Neither a browser nor the user takes part.",
  },
  client: {
    title: "Ask for a token as the client itself",
    about: "The client signs in with its own id and secret. No user takes part.",
  },
  device: {
    title: "Ask for a device code",
    about:
      "The client asks for two codes: one for itself, and one that the user types in on another device.",
  },
  poll: {
    title: "Wait until the user has approved",
    about:
      "The user approves on another device. Meanwhile the client asks for the token, as often as the server allows.",
  },
  register: {
    title: "The client's registration",
    about: "The client makes itself known to the server by a request, or ends that again.",
  },
  inspect: {
    title: "Ask about the token",
    about: "The client asks the server what the token is worth now.",
  },
  revoke: {
    title: "Revoke the token",
    about: "The client tells the server that the token is to work no more.",
  },
  other: { title: "Another request", about: "A request that belongs to no step of the flow." },
} satisfies Record<string, StepText>;
