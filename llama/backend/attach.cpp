// Part of libggml-cuda.so, not of the program: the functions that llama/shim_backend.cpp looks for.
#include "abi.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT const char * ilsai_backend_abi(void) { return ilsai_abi(); }
EXPORT const char * ilsai_backend_module(void) { return ILSAI_GGML_MODULE; }
EXPORT void ilsai_backend_attach(const ilsai_backend_host * host) { ggml_log_set(host->log, nullptr); }
