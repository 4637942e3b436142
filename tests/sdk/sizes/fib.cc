#include <nacre/function.h>

NACRE_FUNCTION std::int64_t fib(std::int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
