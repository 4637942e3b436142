import { failBecause } from "./abi";

/**
 * The call has failed: `return fail<i64>("division by zero")`. The statement ends with this text and the row's arguments. What is returned
 * is never looked at.
 */
export function fail<T>(text: string): T {
  failBecause(text);
  if (isReference<T>()) {
    return changetype<T>(0);
  } else {
    return <T>0;
  }
}
