// Included before every Lua source (-include): what the interpreter must not take from libc.
#ifndef NACRE_LUA_CONFIG_H
#define NACRE_LUA_CONFIG_H

#include "../cql/runtime.h"

// print and error output become log lines of the host.
#define lua_writestring(s, l) guest_log_write((s), (l))
#define lua_writeline() guest_log_end_line(LOG_OUTPUT)
#define lua_writestringerror(s, p) ((void)(p))

// String hashes do not depend on a clock, so that a call can be replayed: a hostile script can make
// collisions only for itself and pays for them from its own budget.
#define luai_makeseed(L) ((void)(L), 0x6e616372u)

// There are no signals; libc refuses their header.
#define l_signalT int

// libc's own would import the clock and the file system. See runtime.c.
#define time(out) guest_time(out)
#define clock guest_clock
#define fopen guest_fopen
#define freopen guest_freopen

// There is one locale.
#define lua_getlocaledecpoint() '.'

#endif
