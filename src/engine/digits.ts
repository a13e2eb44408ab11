const POWERS = Array.from({ length: 16 }, (_, digits) => 10 ** digits);
const GROUP = 3;
const GROUP_SCALE = 10 ** GROUP;
/** By length, then by value: every number of up to three digits with leading zeros, and the same behind a point. */
const PADDED = Array.from({ length: GROUP + 1 }, (_, digits) =>
  Array.from({ length: 10 ** digits }, (__, value) => String(value).padStart(digits, '0')),
);
const POINTED = PADDED.map((texts) => texts.map((text) => `.${text}`));
const PLAIN = Array.from({ length: GROUP_SCALE }, (_, value) => String(value));

/** 10^`digits`, for up to 15 digits. */
export function powerOfTen(digits: number): number {
  return POWERS[digits] ?? NaN;
}

/** A number below 10^`digits` with leading zeros; 1 to 3 digits. */
export function padded(value: number, digits: number): string {
  return PADDED[digits]?.[value] ?? '';
}

/** A non-negative integer. Some three times faster than `String` for the sizes that prices and quantities have. */
export function wholeDigits(value: number): string {
  if (value < GROUP_SCALE) return PLAIN[value] ?? '';
  const front = Math.floor(value / GROUP_SCALE);
  if (front >= GROUP_SCALE) return String(value);
  return (PLAIN[front] ?? '') + padded(value - front * GROUP_SCALE, GROUP);
}

/** A point and the digits of a fraction: `value` with leading zeros. `digits` 0 to 15; nothing for 0. */
export function fractionDigits(value: number, digits: number): string {
  if (digits === 0) return '';
  let width = Math.min(digits, GROUP);
  let left = digits - width;
  let group = Math.floor(value / powerOfTen(left));
  let rest = value - group * powerOfTen(left);
  let text = POINTED[width]?.[group] ?? '';
  while (left > 0) {
    width = Math.min(left, GROUP);
    left -= width;
    group = Math.floor(rest / powerOfTen(left));
    rest -= group * powerOfTen(left);
    text += padded(group, width);
  }
  return text;
}
