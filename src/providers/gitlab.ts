// GitLab: an ordinary discovered provider, gitlab.com or, with GITLAB_ISSUER, a server of one's own.
import { discovered } from "./discovered.ts";
import type { MakeProvider } from "./provider.ts";

/** GitLab; what is said here is from https://docs.gitlab.com/api/oauth2/ */
export const gitlab: MakeProvider = ({ issuer = "https://gitlab.com" }) => ({
  ...discovered({ name: "gitlab", issuer }),
  label: "GitLab",
  apiUrl: `${issuer}/api/v4`,
  // A refresh token comes with every answer; the scope that asks others for one is unknown here.
  offline: { scopes: [], parameters: {} },
  refreshWantsRedirectUri: true,
  registration: {
    page: `${issuer}/-/user_settings/applications`,
    documentation: "https://docs.gitlab.com/api/oauth2/",
  },
  grantsPage: `${issuer}/-/user_settings/applications`,
  notes: [
    "Untick Confidential when registering: then it needs no client secret.",
    "The redirect URI must be exactly the registered one, its port too.",
    "A token lives two hours; each refresh ends both old tokens.",
    "`oauth-lab api gitlab …` needs the scope read_user, read_api or api, which the app must have too.",
    "A server of your own: GITLAB_ISSUER=https://gitlab.example.com.",
    "Written from GitLab's documentation; nobody has tried it against gitlab.com with this version.",
  ],
});
