#ifndef NACRE_RUNTIME_H
#define NACRE_RUNTIME_H

#include <stddef.h>

// The function's log, by lines. A longer line is cut, so that a script can't make the guest hold
// its output.
enum { LOG_OUTPUT = 1, LOG_ERROR = 2 };
void guest_log_write(const char* text, size_t size);
void guest_log_end_line(int stream);

#endif
