// yield and error without an exception. Lua leaves the C functions between coroutine.yield and the
// resume, or between error and the pcall, by longjmp. Here that is an exception, for which the
// engine walks the stack: 0.7 us. Mostly there is nothing to leave but a luaV_execute that the
// resume or the pcall itself called. Then the function returns to it like any other, with the
// thread's status set, and it returns to the resume or the pcall.
//
// Included before ldo.c; what would be in its way is in direct_exit_calls.h, included before lvm.c.
#ifndef NACRE_LUA_DIRECT_EXIT_H
#define NACRE_LUA_DIRECT_EXIT_H

#include <setjmp.h>

// How many C calls there are when luaV_execute begins: no more when it is to be left means that
// there is no C function in between. A coroutine has it in its extra space,
#undef luai_userstateresume
#define luai_userstateresume(L, n) ((void)(*(l_uint32*)lua_getextraspace(L) = getCcalls(L)))
// and a protected call beside the target of its jump: 0 if it is not lua_pcall's.
typedef struct {
    jmp_buf target;
    l_uint32 calls;
} exit_target;

static void f_call(lua_State* L, void* ud);

#define luai_jmpbuf exit_target
#define LUAI_THROW(L, c) longjmp((c)->b.target, 1)
// In luaD_rawrunprotected, where `f` is the function that it runs.
#define LUAI_TRY(L, c, a)                                       \
    (c)->b.calls = f == f_call ? (L)->nCcalls + nyci : 0;       \
    if (setjmp((c)->b.target) == 0) {                           \
        a;                                                      \
        if (l_unlikely((L)->status != LUA_OK)) {                \
            (c)->status = (L)->status;                          \
            if ((L)->status != LUA_YIELD) (L)->status = LUA_OK; \
        }                                                       \
    }

// Its callers in ldo.c are void functions that have nothing to do after an exit.
#define luaV_execute(L, ci)                            \
    do {                                               \
        luaV_execute(L, ci);                           \
        if (l_unlikely((L)->status != LUA_OK)) return; \
    } while (0)

#endif
