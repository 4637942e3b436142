// The interpreter and its driver as one translation unit: QuickJS's internals are at hand, and the
// compiler can inline them into the row loop.
#include <stdbool.h>
#include <stdio.h>
#include <sys/time.h>

// Nothing but the guest's exports leaves this file; what QuickJS would print is for its developers.
#undef printf
#define printf(...) ((void)0)

// What is made when the module is built must not depend on when: QuickJS asks the clock for seeds.
static bool clock_stands_still = true;
static int guest_gettimeofday(struct timeval* now, void* zone) {
    (void)zone;
    *now = (struct timeval){0};
    return clock_stands_still ? 0 : gettimeofday(now, NULL);
}
#define gettimeofday guest_gettimeofday

// clang-format off: the order matters.
#include "quickjs.c"
#include "libregexp.c"
#include "libunicode.c"
#include "dtoa.c"

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

#include "allocator.c"
#include "numbers.c"
#include "library.c"
#include "to_js.c"
#include "from_js.c"
#include "interpreter.c"

#include "../cql/batch.c"
