// What a library of devices and the program that loads it agree on. Both include this file, so both say the
// same text if and only if their ggml looks the same in memory. ggml's own number (GGML_BACKEND_API_VERSION)
// stays the same over changes that make one's tensors unreadable to the other.
#pragma once

#include "ggml.h"
#include "ggml-backend.h"
#include "../src/ggml-backend-impl.h" // beside the include directory; ggml installs it nowhere

#include <stdio.h>

static const char * ilsai_abi(void) {
    static char text[256];
    snprintf(text, sizeof text, "api %d, tensor %zu, %d ops, %d types, %zu+%zu+%zu+%zu+%zu+%zu+%zu", GGML_BACKEND_API_VERSION,
             sizeof(struct ggml_tensor), (int) GGML_OP_COUNT, (int) GGML_TYPE_COUNT, sizeof(struct ggml_backend_reg),
             sizeof(struct ggml_backend_device), sizeof(struct ggml_backend), sizeof(struct ggml_backend_buffer),
             sizeof(struct ggml_backend_buffer_type), sizeof(struct ggml_backend_event), sizeof(struct ggml_backend_dev_props));
    return text;
}

// What the program gives to a library that it loads.
typedef struct ilsai_backend_host {
    ggml_log_callback  log; // the library has a ggml of its own, whose log would go to stderr
    ggml_backend_reg_t cpu; // the program's; libraries that stand in for a device let it compute
} ilsai_backend_host;

// The functions that a library has, beside ggml_backend_init. All are called once, in this order, before that.
typedef const char * (*ilsai_backend_abi_t)(void);
typedef const char * (*ilsai_backend_module_t)(void); // version of the Go module its ggml is from
typedef void (*ilsai_backend_attach_t)(const ilsai_backend_host * host);
