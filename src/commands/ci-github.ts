// The workflow of `ci github`. Each token goes to one step only; what may end a refresh token runs once at a time.
import { version } from "../version.ts";
import type { CiJob } from "./ci.ts";

/** The name of a secret or a variable in GitHub Actions for this setting: none may begin with GITHUB_. */
export function actionsName(key: string): string {
  return key.startsWith("GITHUB_") ? `OAUTH_${key}` : key;
}

/** A workflow file. */
export function gitHubWorkflow({ name, prefix, serverKeys, rotates, example }: CiJob): string {
  const [id, secret, refreshToken] = ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"].map(
    (suffix) => `${prefix}_${suffix}`,
  ) as [string, string, string];
  const stored = actionsName(refreshToken);
  const mapped = [
    ...[id, ...serverKeys].map((key) => variable(key, `vars.${actionsName(key)}`)),
    ...[secret, refreshToken].map((key) => variable(key, `secrets.${actionsName(key)}`)),
  ];
  const writeBack = rotates
    ? [
        "# Writes the next refresh token back: a fine-grained token with `Secrets: read and write`",
        "# for this repository alone. GITHUB_TOKEN may not write secrets.",
        variable("GH_TOKEN", "secrets.SECRETS_WRITE_TOKEN"),
        variable("GH_REPO", "github.repository"),
      ]
    : [];
  const command = `npx --yes oauth-lab@${version} token ${name} --format github-output`;
  const run = rotates
    ? [
        "# Before a refresh token is spent, be sure that gh may write the next one.",
        "gh secret list > /dev/null",
        `${command} \\`,
        `  --rotate-to 'gh secret set ${stored}'`,
      ]
    : [command];
  return `# Made by \`oauth-lab ci github ${name}\`; the last word chooses the provider.
# Set once, for this repository:
${[id, ...serverKeys].map((key) => `#   gh variable set ${actionsName(key)}\n`).join("")}#   gh secret set ${actionsName(secret)}        (not for a public client)
#   oauth-lab login ${name} --offline --profile ci
#   oauth-lab token ${name} --profile ci --format refresh-token | gh secret set ${stored}
#   oauth-lab logout ${name} --profile ci --local        (the token now lives in the secret alone)
${rotates ? "#   gh secret set SECRETS_WRITE_TOKEN\n" : ""}name: ${name}
on:
  workflow_dispatch:
  schedule:
    - cron: "17 5 * * 1-5"

permissions: {}

${rotates ? "# Two jobs at once would both spend one refresh token, and the provider might end the whole sign-in.\n" : ""}concurrency:
  group: oauth-lab-${name}
  cancel-in-progress: false

jobs:
  call:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/setup-node@v5
        with:
          node-version: 24

      # Masks the new tokens before anything else; ends with 4 where a person has to sign in again.
      - name: Get an access token
        id: token
        env:
${indent([...mapped, ...writeBack], 10)}
        run: |
${indent(run, 10)}

      # This step, and no other, has the access token, and nothing that outlives it.
      - name: Use it
        env:
          ${variable("ACCESS_TOKEN", "steps.token.outputs.access_token")}
        run: |
          printf 'Authorization: Bearer %s' "$ACCESS_TOKEN" |
            curl --fail --silent --show-error --header @- "${example}"
`;
}

function variable(key: string, expression: string): string {
  return `${key}: \${{ ${expression} }}`;
}

function indent(lines: readonly string[], spaces: number): string {
  return lines.map((line) => " ".repeat(spaces) + line).join("\n");
}
