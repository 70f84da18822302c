// Text that comes from elsewhere, on a terminal: what would steer the terminal is shown, not obeyed.

/** Control characters, and those that turn the direction of writing, as `\u001b`. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const STEERING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;
