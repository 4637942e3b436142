// The other half of direct_exit.h.
#ifndef NACRE_LUA_DIRECT_EXIT_CALLS_H
#define NACRE_LUA_DIRECT_EXIT_CALLS_H

#undef luaV_execute

// Whether the C function that runs was called by an instruction of luaV_execute that asks for the
// status afterwards.
static bool called_by_instruction(lua_State* L) {
    const CallInfo* caller = L->ci->previous;
    return isLua(caller) && GET_OPCODE(caller->u.l.savedpc[-1]) == OP_CALL;
}

// coroutine.yield
static int yield_values(lua_State* L) {
    CallInfo* ci = L->ci;
    if (!yieldable(L) || getCcalls(L) != *(l_uint32*)lua_getextraspace(L) ||
        !called_by_instruction(L)) {
        return lua_yield(L, lua_gettop(L));
    }
    // As lua_yieldk, but for the jump. All values are to survive the return, whatever the caller
    // wants of the resume's: that is for keep_frame to restore.
    L->status = LUA_YIELD;
    ci->u.c.k = NULL;
    ci->u.c.ctx = ci->nresults;
    ci->nresults = LUA_MULTRET;
    return ci->u2.nyield = lua_gettop(L);
}

// Raises the error on top of the stack, as lua_error; for a C function to return.
static int raise(lua_State* L) {
    const struct lua_longjmp* catcher = L->errorJmp;
    const TValue* value = s2v(L->top.p - 1);
    bool no_memory = ttisshrstring(value) && eqshrstr(tsvalue(value), G(L)->memerrmsg);
    if (catcher == NULL || L->nCcalls != catcher->b.calls || L->errfunc != 0 || no_memory ||
        (isLua(L->ci->previous) && !called_by_instruction(L))) {
        return lua_error(L);
    }
    L->status = LUA_ERRRUN;
    L->ci->nresults = LUA_MULTRET;
    return 1;
}

// Leaves luaV_execute. The frame of coroutine.yield, which has returned, is taken back: the resume
// finds it with the values that it yields.
static __attribute__((noinline)) void prepare_exit(lua_State* L) {
    if (L->status != LUA_YIELD) return;
    CallInfo* ci = L->ci = L->ci->next;
    for (StkId at = L->top.p; at > ci->func.p; --at) setobjs2s(L, at, at - 1);
    ++L->top.p;
    ci->nresults = (short)ci->u.c.ctx;
}

// In the body of luaV_execute.
#define luaD_precall(L, func, nresults)                            \
    ({                                                             \
        CallInfo* called = luaD_precall(L, func, nresults);        \
        if (called == NULL && l_unlikely((L)->status != LUA_OK)) { \
            prepare_exit(L);                                       \
            return;                                                \
        }                                                          \
        called;                                                    \
    })

#endif
