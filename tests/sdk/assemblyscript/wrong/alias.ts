// 4: another file's name for a type with Line in it: import Line too
import { Lines } from "../money";

export function alias(lines: Lines): i32 { return lines.length; }
