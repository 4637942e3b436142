// How jemalloc, which is linked into the server, is set (docs/decisions/0015-jemalloc.md): memory
// that was freed goes back to the operating system within seconds, by a thread of the allocator's
// own, since a shard would have to wait for it.

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:5000";
}
