// The job of `ci gitlab`. GitLab has no way to mask a value that is made in a job: nothing prints one.
import { version } from "../version.ts";
import type { CiJob } from "./ci.ts";

/** A job for .gitlab-ci.yml. */
export function gitLabJob({ name, prefix, serverKeys, rotates, example }: CiJob): string {
  const refreshToken = `${prefix}_REFRESH_TOKEN`;
  const settings = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`, ...serverKeys];
  const use = `sh -c 'printf "Authorization: Bearer %s" "$ACCESS_TOKEN" | curl --fail --silent --show-error --header @- "${example}"'`;
  const writeBack = rotates
    ? `
  variables:
    # value=<- reads the new token from stdin, and the header stands in a file: neither is an argument, which every process can see.
    WRITE_BACK: >-
      curl --fail --silent --show-error --output /dev/null --request PUT --header @"$CI_PROJECT_DIR.header"
      --form "value=<-" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/variables/${refreshToken}"
  before_script:
    - umask 077
    - printf 'PRIVATE-TOKEN:%s' "$VARIABLES_TOKEN" > "$CI_PROJECT_DIR.header"
    # Before a refresh token is spent, be sure that the next one may be written.
    - >-
      curl --fail --silent --show-error --output /dev/null --header @"$CI_PROJECT_DIR.header"
      "$CI_API_V4_URL/projects/$CI_PROJECT_ID/variables/${refreshToken}"
  after_script:
    - rm -f "$CI_PROJECT_DIR.header"`
    : "";
  return `# Made by \`oauth-lab ci gitlab ${name}\`; the last word chooses the provider.
# Set once, in Settings > CI/CD > Variables, masked and protected:
#   ${settings.join(", ")} (the secret not for a public client)
#   ${refreshToken}: what \`oauth-lab token ${name} --profile ci --format refresh-token\` prints into a pipe
#     after \`oauth-lab login ${name} --offline --profile ci\`; then \`oauth-lab logout ${name} --profile ci --local\`
${rotates ? "#   VARIABLES_TOKEN: a project access token with the scope api, which writes the next refresh token back\n" : ""}call-${name}:
  image: node:24
${rotates ? "  # Two jobs at once would both spend one refresh token, and the provider might end the whole sign-in.\n" : ""}  resource_group: oauth-lab-${name}
  rules:
    - if: $CI_COMMIT_REF_PROTECTED == "true"${writeBack}
  script:
    - >-
      npx --yes oauth-lab@${version} exec ${name}${rotates ? ' --rotate-to "$WRITE_BACK"' : ""}
      -- ${use}
`;
}
