// The Russian texts of the trace: what each message is for, what was checked, the diagram's words.
import type { Texts } from "./texts.ts";

const purposes: Texts["purposes"] = {
  metadata: "Запрос метаданных сервера",
  "authorization-request": "Запрос кода авторизации",
  "authorization-response": "Ответ сервера",
  "refused-response": "Отклонённый ответ",
  "push-request": "Предварительная отправка запроса кода",
  "exchange-code": "Обмен кода на токены",
  refresh: "Новый токен по токену обновления",
  "client-credentials": "Токен от имени самого клиента",
  "device-code": "Запрос кода устройства",
  "poll-device": "Дал ли пользователь согласие?",
  introspect: "Проверка токена на сервере",
  revoke: "Отзыв токена",
  "use-token": "Запрос к API с токеном доступа",
  keys: "Запрос открытых ключей сервера",
  "register-client": "Регистрация клиента",
  "deregister-client": "Отмена регистрации клиента",
  other: "Запрос к серверу",
};

const checks: Texts["checks"] = {
  names: {
    redirect: "redirect",
    state: "state",
    iss: "iss",
    pkce: "PKCE",
    signature: "подпись",
    aud: "aud",
    nonce: "nonce",
    exp: "exp",
    scopes: "scope",
    token_type: "token_type",
    cache: "кэширование",
  },
  nothingThroughBrowser: "через браузер ничего не передавалось",
  notReached: "до этой проверки дело не дошло",
  noIdToken: "ID-токена нет",
  noneSent: "в запросе его не было",
  noToken: "токен не получен",
  redirect: {
    pass: "ответ пришёл на redirect URI, указанный в запросе",
    fail: "адрес ответа не тот, что указан в запросе",
  },
  state: {
    pass: "ответ относится к этому запросу",
    fail: "ответ относится к другому запросу",
  },
  iss: {
    pass: "в ответе назван тот сервер, к которому обращались",
    fail: "в ответе не назван тот сервер, к которому обращались",
    absent: "сервер не указывает в ответе своё имя",
  },
  pkce: {
    pass: "верификатор соответствует запросу, сервер его принял",
    refused: "верификатор соответствует запросу, но сервер ответил отказом",
    fail: "верификатор не соответствует запросу",
    noRequest: "код авторизации не запрашивался",
    noChallenge: "в запросе нет code_challenge",
    noExchange: "обмена кода не было",
  },
  signature: {
    pass: "подписан опубликованным ключом сервера",
    fail: "ID-токен отвергнут",
    absent: "сервер не публикует ключей; подлинность обеспечивает TLS",
  },
  aud: {
    pass: "ID-токен предназначен этому клиенту",
    fail: "ID-токен предназначен другому клиенту",
  },
  nonce: {
    pass: "ID-токен выдан в ответ на этот запрос",
    fail: "ID-токен выдан в ответ на другой запрос",
  },
  exp: {
    pass: "срок действия ID-токена не истёк",
    fail: "время в ID-токене не сходится: проверьте часы",
  },
  scopes: {
    pass: "предоставлено всё, что запрошено",
    fail: (missing, asked) => `не предоставлено ${missing} из ${asked}`,
    noneAsked: "области действия не запрашивались",
    unnamed: "в ответе scope нет: предоставлено запрошенное",
  },
  token_type: {
    pass: "Bearer: клиент умеет им пользоваться",
    bound: "DPoP: токен привязан к ключу, которым подписан запрос",
    fail: "не Bearer и не запрошенный DPoP: использовать токен нельзя",
  },
  cache: {
    pass: "no-store: ответ нельзя сохранять в кэше",
    fail: "сервер не запрещает сохранять ответ в кэше",
  },
};

/** What of the catalogue the trace shows. */
export const russianTrace = {
  purposes,
  checks,
  trace: {
    channels: { front: "фронтальный канал", back: "обратный канал" },
    noAnswer: "нет ответа",
    milliseconds: (count) => `${count} мс`,
    refused: (why) => `отклонено: ${why}`,
    more: (count) => `и ещё ${count}`,
    characters: (count) => `длина: ${count}`,
    cut: (count) => `длина: ${count}, слишком длинно, поэтому не показано`,
    tooMany: "(Дальнейшие обращения к API опущены: их слишком много.)",
    leftOut: "(Сообщение, которое нельзя показать безопасно, опущено.)",
    checklist: "Что проверено",
    marks: { pass: "да", fail: "НЕТ", "not applicable": "—" },
  },
  diagram: {
    parties: { client: "oauth-lab", server: "сервер авторизации", api: "API" },
    frontChannel: "фронтальный канал, через браузер",
    backChannel: "обратный канал",
    noAnswer: "нет ответа",
  },
} satisfies Pick<Texts, "purposes" | "checks" | "trace" | "diagram">;
