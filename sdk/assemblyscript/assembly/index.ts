// What functions import: `import { Timestamp, fail } from "nacre-function/assembly"`.

export { log } from "./abi";
export { fail } from "./fail";
export { Ascii, Box, Inet, TimeUuid, Uuid } from "./types";
export { Counter, CqlDate, Duration, Time, Timestamp } from "./time";
export { Decimal, Varint } from "./number";
