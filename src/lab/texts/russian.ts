// The lab's texts in Russian, in the words of the Russian literature on OAuth.
import type { Texts } from "./texts.ts";

/** Every text. */
export const russian: Texts = {
  diagram: {
    parties: { client: "oauth-lab", server: "сервер авторизации", api: "API" },
    frontChannel: "фронтальный канал, через браузер",
    backChannel: "обратный канал",
    noAnswer: "нет ответа",
  },
};
