#include "shim_internal.h"

#include <atomic>

extern "C" void ilsaiGoLog(int level, char * text);

static std::atomic<int> min_level{GGML_LOG_LEVEL_ERROR};
static thread_local int last_level = GGML_LOG_LEVEL_NONE;

// A CONT line continues the one before it, so it shares that line's fate.
static void forward(ggml_log_level level, const char * text, void *) {
    const int eff = level == GGML_LOG_LEVEL_CONT ? last_level : (int) level;
    last_level = eff;
    if (eff >= min_level.load(std::memory_order_relaxed)) {
        ilsaiGoLog(eff, const_cast<char *>(text));
    }
}

void ilsai_log_level(int level) { min_level.store(level, std::memory_order_relaxed); }

void ilsai_backend_init(void) {
    llama_log_set(forward, nullptr);
    llama_backend_init();
}
