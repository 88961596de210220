#include "shim_internal.h"

#include <atomic>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

extern "C" void ilsaiGoLog(int level, char * text);

static std::atomic<int> min_level{GGML_LOG_LEVEL_ERROR};
static thread_local int last_level = GGML_LOG_LEVEL_NONE;

// A CONT line continues the one before it, so it shares that line's fate.
void ilsai_log(ggml_log_level level, const char * text, void *) {
    const int eff = level == GGML_LOG_LEVEL_CONT ? last_level : (int) level;
    last_level = eff;
    if (eff >= min_level.load(std::memory_order_relaxed)) {
        ilsaiGoLog(eff, const_cast<char *>(text));
    }
}

void ilsai_log_level(int level) { min_level.store(level, std::memory_order_relaxed); }

void ilsai_backend_init(void) {
#ifdef __GLIBC__
    // By default glibc learns to serve large blocks from its heap once one has been freed, and a
    // small block on top then keeps them resident. Fixed, a closed context's buffers always go back.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
    llama_log_set(ilsai_log, nullptr);
    llama_backend_init();
}
