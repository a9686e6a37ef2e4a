// completion: a script for a shell that asks `oauth-lab complete` what could come next. What is typed reaches that as words, and is never run.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { globalOptions } from "./global-options.ts";
import { completionShells } from "./lab-rows.ts";
import { commands } from "./table.ts";

type Shell = (typeof completionShells)[number];

/** Prints the script. Throws `usage` for a shell that there is none for. */
export async function completion(shell: string, { stdout }: Context): Promise<void> {
  const script = scripts[shell as Shell];
  if (!Object.hasOwn(scripts, shell)) {
    throw new OAuthLabError({
      kind: "usage",
      code: "shell_unknown",
      message: "There is no completion for that shell.",
      hint: `Use ${completionShells.join(", ")}.`,
    });
  }
  stdout.write(script());
}

const scripts: Readonly<Record<Shell, () => string>> = {
  bash: () => `# source <(oauth-lab completion bash)
_oauth_lab() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(oauth-lab complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _oauth_lab oauth-lab
`,
  zsh: () => `#compdef oauth-lab
# source <(oauth-lab completion zsh), after compinit
_oauth_lab() {
  local line
  local -a candidates
  while IFS= read -r line; do
    candidates+=("\${line%%$'\\t'*}:\${line#*$'\\t'}")
  done < <(oauth-lab complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe oauth-lab candidates; else _files; fi
}
compdef _oauth_lab oauth-lab
`,
  fish: () => `# oauth-lab completion fish | source
function __oauth_lab_complete
  set -l words (commandline -opc) (commandline -ct)
  oauth-lab complete -- $words[2..-1] 2>/dev/null
end
complete -c oauth-lab -f -a '(__oauth_lab_complete)'
${fileOptions()
  .map((name) => `complete -c oauth-lab -l ${name} -r -F\n`)
  .join("")}`,
  powershell: () => `# oauth-lab completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName oauth-lab -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  oauth-lab complete -- @words 2>$null | ForEach-Object {
    $word, $about = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', "$word $about")
  }
}
`,
};

/** The options whose value is a file: the shell completes those itself. */
function fileOptions(): string[] {
  const options = [...globalOptions, ...commands.flatMap((command) => command.options)];
  const files = options.filter(({ value }) => value === "file" || value === "path");
  return [...new Set(files.map(({ name }) => name))];
}
