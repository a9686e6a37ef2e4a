// The topics in English: what it is, what it is against, what to remember. At most 24 lines of 80 columns each, with what is put around them.
import type { TopicCatalogue } from "./topic.ts";

/** Every topic, and the words around it. */
export const english: TopicCatalogue = {
  labels: {
    see: "See it: ",
    read: "Read it:",
    howToShow:
      "`oauth-lab explain <topic>` shows one; an address or a JWT is taken apart, offline:",
    howToPaste: "give it in quotes, or use `oauth-lab explain -` and paste it at the prompt.",
  },
  topics: {
    roles: {
      title: "The four roles",
      paragraphs: [
        "Resource owner: you. You own the account and decide who may use it.",
        "Client: the program that wants to use it, here oauth-lab, under the name that you registered. A confidential client can keep a secret (a program on a server); a public one cannot (a program on your computer or phone, a page in a browser).",
        "Authorization server: knows you, asks you, and issues the tokens.",
        "Resource server: the API. It takes an access token and knows nothing of your password.",
        "The point of it all: the client never sees your password. It gets a token that can do a part of what you can, for a while, and that you can revoke without changing the password.",
      ],
      watch: "who speaks to whom in each act",
    },
    "authorization-code": {
      title: "The authorization code flow",
      paragraphs: [
        " 1  client -> browser -> server   client_id, redirect_uri, scope, state, PKCE",
        " 2  server -> browser -> client   code, state, iss",
        " 3  client -> server              code, code_verifier, client_secret",
        " 4  client -> API                 access token",
        "The code is a receipt for your approval, not a key. It lives for minutes (ten at most is the advice), works once, and only together with what the browser never saw: the PKCE verifier and the client's secret. So the tokens themselves never pass through the browser, its history or its extensions.",
        "Its older sibling, the implicit grant, sent the access token through the browser. It should no longer be used.",
        "Before step 3 the client compares the address, state and iss with what it asked for. What does not match is not exchanged.",
      ],
      watch: "steps 1 to 4, and the channel of each",
    },
    "front-and-back-channel": {
      title: "Front channel and back channel",
      paragraphs: [
        "Front channel: client and server speak through your browser, by redirects. Everything stands in an address, and addresses end up in the history, in logs, in a Referer header, before extensions. Neither end can be sure who wrote what arrives. Steps 1 and 2 of the authorization code flow go here, because only here can the server ask you.",
        "Back channel: the client speaks straight to the server over TLS. It knows the server by its certificate; nobody reads along; the body is in no history. The code exchange, the refresh and the API calls go here.",
        "Hence the rule: through the front channel goes only what is worthless alone (a code, a state, a hash). Tokens, the client's secret, the PKCE verifier and refresh tokens go through the back channel only.",
        "Hence also: whatever arrives through the front channel is checked before it is used.",
      ],
      watch: "the code travel from one to the other",
    },
    state: {
      title: "state: is this the answer to my question?",
      paragraphs: [
        "The client puts a fresh random value into the authorization request, and the server sends it back with the code. If it comes back different, or not at all, the answer belongs to another request and is thrown away.",
        "Against what: cross-site request forgery. Mallory starts a login with her own account, stops before the last redirect, and gets your browser to open it. Without state, your client takes her code. From then on you work in her account without knowing it, and what you upload is hers to read.",
        "It must be unguessable (ours has 256 bits), used once, and belong to one login. It is compared before the code, and before an error, is even looked at.",
        "PKCE stops this attack as well, but only where the server really enforces it. state is checked by the client itself and costs nothing.",
      ],
      watch: "act 4: a forged answer with a wrong state",
    },
    pkce: {
      title: "PKCE: only who asked can exchange",
      paragraphs: [
        'Proof Key for Code Exchange, said "pixy". For each login the client makes a random secret, the code_verifier, and sends only its hash with the authorization request:',
        "   code_challenge = BASE64URL(SHA256(code_verifier))     method S256",
        "With the code it sends the verifier itself. The server hashes it and compares. A hash cannot be turned back, so whoever saw the request and the code still cannot exchange it.",
        "Against what: a thief who got the code on its way through the browser (another program on the same redirect, a log, a shared screen); and a stolen code that is slipped into somebody else's login, where the verifier differs (code injection).",
        'A client secret is no substitute: it proves which program exchanges, not which login the code belongs to. So confidential clients use PKCE too. The method "plain" sends the verifier itself and protects nothing from who sees the request.',
      ],
      watch: "act 5: a used code, replayed without its verifier",
    },
    "redirect-uri": {
      title: "The redirect URI: where the answer goes",
      paragraphs: [
        "The server sends the code to the redirect URI, so whoever can choose it gets the code. Therefore it is registered beforehand, and the server compares it character by character. A prefix, a pattern or a subdomain is not enough.",
        "A program on your computer listens on 127.0.0.1 for the time of the login. http is fine there, since nothing leaves the machine, and the port may differ from the registered one where the server follows RFC 8252. 127.0.0.1 is better than localhost, which a name server or a hosts file could send elsewhere.",
        "With https://localhost:8000/callback nothing can listen without a certificate: the page fails to load, and that is expected. The address bar still holds the answer; copy it whole and paste it, here only and never into a website.",
        "The same redirect URI goes along with the code in step 3, and the server compares it once more.",
      ],
      watch: "the address that the browser ends on",
    },
    scopes: {
      title: "Scopes: what the token may do",
      paragraphs: [
        "A list of words, separated by spaces, that the client asks for: read:user at GitHub, openid email profile with OpenID Connect, photoslibrary.readonly (as a whole URL) at Google. What a word means is the server's affair. You see them on the consent page.",
        "What was asked is not what was granted. The server may grant less, or more, and the user may untick. If the answer has no scope, it is as requested; otherwise the answer counts. oauth-lab says what is missing.",
        "Ask for the least that does the work: a stolen token can do what its scopes allow, no more.",
        "Two words are special with OpenID Connect: openid asks for an ID token, and offline_access for a refresh token. Google has a parameter instead: access_type=offline.",
      ],
      watch: "the scopes in step 3, beside those of a plain login",
    },
    "id-token": {
      title: "The ID token: who signed in",
      paragraphs: [
        "OpenID Connect adds it to OAuth: with the scope openid the token answer holds a signed statement about the sign-in, as a JWT (header.payload.signature, each base64url; readable by anyone, forgeable by nobody without the key).",
        "The client believes it only after checking: the signature with the server's published key and the expected algorithm; iss, the server that was asked; aud, this client; exp and iat, the time; nonce, this very login.",
        "sub is the name to store: at its server it is never given to anyone else. An e-mail address can change hands.",
        "An access token is not one. It is for the API and may mean nothing to the client; it says what may be done, not who signed in, so having one proves no sign-in. And an ID token is no key: an API should refuse it.",
      ],
      watch: "paste an ID token: it is decoded, and said not to be verified",
    },
    nonce: {
      title: "nonce: is this ID token from my login?",
      paragraphs: [
        "A random value that the client sends with the authorization request and that the server writes into the ID token, under its signature. The client compares the two.",
        "Against what: an ID token from another login, genuine and properly signed, that somebody slips into yours (replay, or a stolen code that was injected). Its signature is right, its nonce is not.",
        "state, PKCE and nonce look alike and are three different checks. state: the client checks that the redirect answers its request. PKCE: the server checks that who exchanges the code is who asked for it. nonce: the client checks that the ID token was made for this request.",
        "Only with the scope openid: without it there is no ID token to hold a nonce.",
      ],
      watch: "nonce in the address of step 1, the ID token in step 3",
    },
    "refresh-token": {
      title: "The refresh token: new access tokens without you",
      paragraphs: [
        "An access token is short-lived, because whoever has it can use it. The refresh token gets a new one from the token endpoint, when the old one has expired, without asking you again. It never goes to an API and never through a browser.",
        "It is a long-term secret, like the client's secret: who has both has your account until you revoke it. Not every server issues one unasked: see --offline.",
        "Rotation: many servers replace it at each use. If the old one then comes a second time, one of the two users is a thief; the server cannot tell which, and ends the whole grant.",
        "Two programs that refresh at once look just like that. So it is decided and done under one lock, and the answer is stored before anything else.",
        "When it no longer works (invalid_grant) only a new login helps. oauth-lab then exits with 4.",
      ],
      watch: "after login sandbox: the new expiry",
    },
    "client-credentials": {
      title: "Client credentials: a program without a user",
      paragraphs: [
        "The client asks the token endpoint for a token in its own name, with its id and secret. One request over the back channel; no browser, no redirect, no code, no user.",
        "For a nightly job or a service that uses its own account. The token says which program, not on whose behalf. There is no refresh token: the client can ask again at any time.",
        "Against the authorization code: that one is for access to somebody else's account, with that person there to approve. If a program acts for people, client credentials are wrong, however convenient: one secret would open the accounts of all of them, and nobody was asked.",
        "Only for confidential clients: a secret inside a program that people install is no secret.",
      ],
      watch: "one request, and nobody to ask",
    },
    "device-code": {
      title: "The device code: sign in on another device",
      paragraphs: [
        "For what has no browser or keyboard: a television, a server over SSH.",
        " 1  client -> server   client_id, scope",
        " 2  server -> client   device_code, user_code, verification_uri, interval",
        " 3  you, on your phone: open verification_uri, type user_code, approve",
        " 4  client -> server   device_code, again and again, until there is a token",
        "While you have not answered, the server says authorization_pending. The client waits the interval between two questions; slow_down means five seconds more from then on. expired_token and access_denied end it.",
        "Nothing ties your phone to the device but the code that you type. That is what phishers use: they start it on their device and send you the code with a pretext. Type in only a code that you see on a device in front of you, and that you started.",
      ],
      watch: "the code to type, and the wait",
    },
    par: {
      title: "PAR: the request, sent beforehand",
      paragraphs: [
        " 1  client -> server              all of the request, who the client is",
        " 2  server -> client              request_uri, expires_in",
        " 3  client -> browser -> server   client_id, request_uri",
        "Pushed Authorization Request: the client first posts the authorization request to the server over the back channel and gets a reference to it. The address in the browser holds the client's id and that reference, nothing else. The rest of the flow is as ever.",
        "Against what: an address in the browser can be read and changed there, ends up in histories and logs, and must not be too long. A pushed request goes over TLS, from a client that the server can authenticate; a wrong one is refused before anybody has to sign in.",
        "The reference is good once, for some 5 to 600 seconds, for this client only.",
        "The answer comes back through the browser: state, iss and PKCE stay.",
      ],
      watch: "the request pushed, and the short address",
    },
    dpop: {
      title: "DPoP: a token that is worth nothing to a thief",
      paragraphs: [
        "Demonstrating Proof of Possession. A bearer token is like cash: who finds it can spend it. With DPoP the client makes a pair of keys and proves with each request that it has the private one; the server binds the token to the public one.",
        "   DPoP: { typ: dpop+jwt, alg, jwk } . { jti, htm, htu, iat } . signature",
        "The proof is a small JWT in a header of its own, signed anew for each request. It names the request's method and address, the time and a number of its own, at the API also the hash of the access token (ath). For another request it is no good, and it does not live long. A server may demand a value of its own in it, too: use_dpop_nonce.",
        "To the API the token goes as Authorization: DPoP, no longer Bearer.",
        "Against what: a token stolen from a log or a proxy is worth nothing without the key. Not against who can use the key as well, such as a program that runs as you. A public client's refresh tokens are bound, too.",
      ],
      watch: "token_type=DPoP, and a proof with each request",
    },
    "tokens-at-rest": {
      title: "Tokens at rest",
      paragraphs: [
        "A stored token is as good as signed in: whoever can read the file has the account, for as long as the token lives. That makes the refresh token the most valuable thing here.",
        "Where oauth-lab keeps them: the system's keychain where there is one; else a file that only you can read, encrypted where OAUTH_LAB_PASSPHRASE is set. `status` says which. A file without a passphrase is protected by its permissions only: not from a backup, nor from a program that runs as you.",
        "Never in arguments (every user's process list shows them), never in a log, an error message, the shell history or a repository. GitHub revokes its token when it turns up in a public repository, but thieves search too.",
        "A stored token is sent only to the server that it came from, whatever the configuration says today. `logout` revokes at the server first, then deletes here.",
      ],
      watch: "the column PROTECTION",
    },
  },
};
