// Times as people say them.

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** "in 59 minutes", "3 days ago": the largest unit that counts at least one. */
export function relativeTime(seconds: number): string {
  const size = Math.round(Math.abs(seconds));
  const [unit, length] = units.find(([, unitLength]) => size >= unitLength) ?? ["second", 1];
  const count = Math.floor(size / length);
  const phrase = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `${phrase} ago` : `in ${phrase}`;
}
