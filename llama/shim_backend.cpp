#include "shim_internal.h"

#include "backend/abi.h"
#include "ggml-alloc.h"
#include "ggml-cpu.h"

#include <cstring>
#include <dlfcn.h>
#include <string>

static int fail(int code, const char * text, char * detail, size_t cap) {
    snprintf(detail, cap, "%s", text == nullptr ? "" : text);
    return code;
}

// ggml_backend_load would do the same with less to say: it only logs, and knows no module.
static int load(const char * path, const char * module, char * detail, size_t cap) {
    void * lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (lib == nullptr) {
        return fail(ILSAI_BACKEND_UNLOADABLE, dlerror(), detail, cap);
    }
    const char * names[]  = {"ilsai_backend_abi", "ilsai_backend_module", "ilsai_backend_attach", "ggml_backend_init"};
    void *       found[4] = {};
    for (int i = 0; i < 4; i++) {
        found[i] = dlsym(lib, names[i]);
        if (found[i] == nullptr) {
            dlclose(lib);
            return fail(ILSAI_BACKEND_FOREIGN, (std::string("it has no ") + names[i]).c_str(), detail, cap);
        }
    }
    const auto abi    = (ilsai_backend_abi_t) found[0];
    const auto from   = (ilsai_backend_module_t) found[1];
    const auto attach = (ilsai_backend_attach_t) found[2];
    const auto init   = (ggml_backend_init_t) found[3];
    const std::string theirs = abi(), ours = ilsai_abi(), their_module = from();
    if (theirs != ours || their_module != module) {
        dlclose(lib);
        return fail(ILSAI_BACKEND_VERSION, ("it is " + their_module + " (" + theirs + "), the program is " + module + " (" + ours + ")").c_str(), detail, cap);
    }
    // From here on the library stays: devices may have started threads in it.
    const ilsai_backend_host host = {ilsai_log, ggml_backend_cpu_reg()};
    attach(&host);
    ggml_backend_reg_t reg = init();
    if (reg == nullptr || reg->api_version != GGML_BACKEND_API_VERSION) {
        return fail(ILSAI_BACKEND_VERSION, reg == nullptr ? "it refused to start" : "its registry has another version", detail, cap);
    }
    if (ggml_backend_reg_dev_count(reg) == 0) {
        return fail(ILSAI_BACKEND_NO_DEVICE, "", detail, cap);
    }
    ggml_backend_register(reg);
    return ILSAI_BACKEND_OK;
}

int ilsai_backend_load(const char * path, const char * module, char * detail, size_t cap) {
    try {
        return load(path, module, detail, cap);
    } catch (...) {
        return fail(ILSAI_BACKEND_VERSION, "it failed with an exception", detail, cap);
    }
}

int32_t ilsai_device_count(void) { return (int32_t) ggml_backend_dev_count(); }

void ilsai_device_describe(int32_t i, ilsai_device * out) {
    memset(out, 0, sizeof *out);
    ggml_backend_dev_t     dev = ggml_backend_dev_get(i);
    ggml_backend_dev_props p   = {};
    ggml_backend_dev_get_props(dev, &p);
    ggml_backend_dev_memory(dev, &out->free, &out->total); // CUDA's properties leave it out
    snprintf(out->name, sizeof out->name, "%s", p.name);
    snprintf(out->description, sizeof out->description, "%s", p.description);
    snprintf(out->backend, sizeof out->backend, "%s", ggml_backend_reg_name(ggml_backend_dev_backend_reg(dev)));
    out->gpu           = p.type == GGML_BACKEND_DEVICE_TYPE_GPU || p.type == GGML_BACKEND_DEVICE_TYPE_IGPU;
    out->driver_major  = p.driver_major;
    out->driver_minor  = p.driver_minor;
    out->compute_major = p.compute_major;
    out->compute_minor = p.compute_minor;
}

static int64_t copy(ggml_backend_t backend, ggml_context * ctx, size_t bytes, int32_t times) {
    ggml_tensor *         from   = ggml_new_tensor_1d(ctx, GGML_TYPE_I8, (int64_t) bytes);
    ggml_tensor *         to     = ggml_new_tensor_1d(ctx, GGML_TYPE_I8, (int64_t) bytes);
    ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors(ctx, backend);
    if (buffer == nullptr) {
        return -1;
    }
    int64_t began = 0;
    for (int32_t i = -1; i < times; i++) { // the first one warms up
        ggml_backend_tensor_copy_async(backend, backend, from, to);
        if (i < 0) {
            ggml_backend_synchronize(backend);
            began = ggml_time_us();
        }
    }
    ggml_backend_synchronize(backend);
    const int64_t took = ggml_time_us() - began;
    ggml_backend_buffer_free(buffer);
    return took;
}

int64_t ilsai_device_copy(int32_t i, size_t bytes, int32_t times) {
    ggml_backend_t backend = ggml_backend_dev_init(ggml_backend_dev_get(i), nullptr);
    if (backend == nullptr) {
        return -1;
    }
    ggml_context * ctx  = ggml_init({2 * ggml_tensor_overhead(), nullptr, true});
    const int64_t  took = ctx == nullptr ? -1 : copy(backend, ctx, bytes, times);
    ggml_free(ctx);
    ggml_backend_free(backend);
    return took;
}
