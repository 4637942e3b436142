// Numbers to text and back, in the place of libc's printf and strtod, whose 128-bit floats are
// software in WebAssembly: five times slower than here. Both are exact: whatever the plain integer
// arithmetic of this file can't do exactly is left to libc.
#ifndef NACRE_LUA_NUMBER_TEXT_H
#define NACRE_LUA_NUMBER_TEXT_H

#include <stddef.h>

// As snprintf(out, room, format, value), for one conversion d, i, o, u, x or X with the modifier
// ll.
static int format_integer(char* out, size_t room, const char* format, long long value);
// As snprintf(out, room, format, value), for one conversion of a double.
static int format_float(char* out, size_t room, const char* format, double value);
// As strtod.
static double parse_float(const char* text, char** end);

#endif
