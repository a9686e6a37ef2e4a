// The pages of the device flow (RFC 8628 §3.3), for oidc-provider to show.
import type { Configuration } from "oidc-provider";
import { type Exchange, sendPage } from "./answer.ts";
import { deviceCodePage, deviceConfirmPage, deviceDonePage, type PageForm } from "./pages.ts";

/** Where a device's user types the code. */
export const devicePath = "/device";

/** The feature, with our pages in place of oidc-provider's. */
export const deviceFlow: NonNullable<Configuration["features"]>["deviceFlow"] = {
  enabled: true,
  charset: "base-20",
  mask: "****-****",
  deviceInfo: () => ({}),
  userCodeInputSource: (context, _form, _out, error) => {
    if (error?.name === "AbortedError")
      return sendPage(context, deviceDonePage({ allowed: false }));
    const problem =
      error && (problems.get(error.name) ?? "That did not work. Ask your device for a new code.");
    const code = context.state.userCode ?? context.oidc.body?.user_code ?? "";
    const page = deviceCodePage({
      form: form(context),
      code: String(code),
      ...(problem && { problem }),
    });
    sendPage(context, page);
  },
  userCodeConfirmSource: (context, _form, client, _device, code) => {
    const name = client.clientName ?? client.clientId;
    sendPage(context, deviceConfirmPage({ form: form(context), client: name, code }));
  },
  successSource: (context) => sendPage(context, deviceDonePage({ allowed: true })),
};

const problems: ReadonlyMap<string, string> = new Map([
  ["NoCodeError", "Type the code first."],
  ["NotFoundError", "No device shows this code. Check each letter."],
  ["ExpiredError", "This code is too old. Ask your device for a new one."],
  ["AlreadyUsedError", "This code has been used. Ask your device for a new one."],
]);

function form(context: Exchange): PageForm {
  return { action: devicePath, token: String(context.oidc.session?.state?.secret) };
}
