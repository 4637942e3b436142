// The interpreter and its driver as one translation unit: the compiler can then inline Lua's API
// into the row loop, which makes a trivial call a quarter cheaper. The order is the one in which
// Lua's files define what others use. Only runtime.c stands apart.
#define LUA_CORE
#define LUA_LIB
#define ltable_c
#define lvm_c

#include "lprefix.h"

#include <stdbool.h>

#include "luaconf.h"

// A runaway recursion meets this many stack slots before it meets the memory limit, and so gets the
// error that says what is wrong.
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK 200000

// See number_text.h.
#include "number_text.c"
#undef l_sprintf
#define l_sprintf(out, room, format, value)                                                \
    _Generic((value), long long: format_integer, double: format_float, default: snprintf)( \
        out, room, format, value)
#undef lua_str2number
#define lua_str2number(text, end) parse_float((text), (end))

// Nothing but the guest's exports leaves this file.
#undef LUAI_FUNC
#undef LUAI_DDEC
#undef LUAI_DDEF
#define LUAI_FUNC static
#define LUAI_DDEC(definition)
#define LUAI_DDEF static
#undef LUA_API
#define LUA_API static
#undef LUALIB_API
#define LUALIB_API static
#undef LUAMOD_API
#define LUAMOD_API static

// clang-format off: the order matters.
#include "lzio.c"
#include "lctype.c"
#include "lopcodes.c"
static void* reallocate(void* context, void* block, size_t old_size, size_t new_size);
#define frealloc frealloc, reallocate
#include "lmem.c"
#undef frealloc
#include "lundump.c"
#include "ldump.c"
#include "lstate.c"
#include "lgc.c"
#include "llex.c"
#include "lcode.c"
#include "lparser.c"
#include "ldebug.c"
#include "lfunc.c"
#include "lobject.c"
#include "ltm.c"
#include "lstring.c"
#include "ltable.c"
#include "direct_exit.h"
#include "ldo.c"
#include "direct_exit_calls.h"
#include "lvm.c"
#undef luaD_precall
#include "lapi.c"
#include "lauxlib.c"

#include "lbaselib.c"
#include "lcorolib.c"
#include "lmathlib.c"
#include "lstrlib.c"
#include "ltablib.c"
#include "lutf8lib.c"

#include "guest.h"

#include "../cql/types.c"
#include "../cql/scratch.c"
#include "../cql/decode.c"
#include "../cql/encode.c"
#include "../cql/order.c"
#include "../cql/text_forms.c"
#include "../cql/duration_text.c"
#include "../cql/big_integer.c"
#include "../cql/decimal.c"

#include "to_lua.c"
#include "from_lua.c"
#include "numbers.c"
#include "duration.c"
#include "library.c"
#include "allocator.c"
#include "interpreter.c"

#include "../cql/batch.c"
