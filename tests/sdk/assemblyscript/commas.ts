export function commas(words: Array<string> | null): string | null {
  return words === null ? null : words.join(", ");
}
