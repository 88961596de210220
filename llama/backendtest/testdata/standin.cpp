// A library of devices that are none: each computes on the program's CPU, and has as much memory as the
// environment says (STANDIN_MEMORY: bytes of each device, separated by commas). What is allocated is counted.
// Their buffers are not host memory to ggml, so it copies to and from them as it does with a GPU's.
#include "../../backend/abi.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#define EXPORT extern "C" __attribute__((visibility("default")))
#ifndef STANDIN_ABI
#define STANDIN_ABI ilsai_abi()
#endif

static const int MAX = 4;

struct device {
    ggml_backend_device      ggml;
    ggml_backend_buffer_type buft;
    char                     name[16];
    size_t                   total;
    std::atomic<size_t>      used;
};

static device             devices[MAX];
static int                n_devices;
static ggml_backend_reg   reg;
static ggml_backend_dev_t cpu; // the program's

static device * of(ggml_backend_dev_t dev) { return (device *) dev->context; }

static void   buffer_free(ggml_backend_buffer_t b) {
    of(b->buft->device)->used -= b->size;
    free(b->context);
}
static void * buffer_base(ggml_backend_buffer_t b) { return b->context; }
static void   buffer_memset(ggml_backend_buffer_t, ggml_tensor * t, uint8_t v, size_t at, size_t n) { memset((char *) t->data + at, v, n); }
static void   buffer_set(ggml_backend_buffer_t, ggml_tensor * t, const void * data, size_t at, size_t n) { memcpy((char *) t->data + at, data, n); }
static void   buffer_get(ggml_backend_buffer_t, const ggml_tensor * t, void * data, size_t at, size_t n) { memcpy(data, (const char *) t->data + at, n); }
static void   buffer_clear(ggml_backend_buffer_t b, uint8_t v) { memset(b->context, v, b->size); }

static const char * buft_name(ggml_backend_buffer_type_t t) { return of(t->device)->name; }
static size_t       buft_alignment(ggml_backend_buffer_type_t) { return 64; }
static bool         buft_is_host(ggml_backend_buffer_type_t) { return false; }

static ggml_backend_buffer_t buft_alloc(ggml_backend_buffer_type_t t, size_t size) {
    device * d = of(t->device);
    if (d->used + size > d->total) {
        return nullptr;
    }
    void * data = aligned_alloc(64, (size + 64) / 64 * 64);
    if (data == nullptr) {
        return nullptr;
    }
    d->used += size;
    ggml_backend_buffer * b = new ggml_backend_buffer{};
    b->iface.free_buffer   = buffer_free;
    b->iface.get_base      = buffer_base;
    b->iface.memset_tensor = buffer_memset;
    b->iface.set_tensor    = buffer_set;
    b->iface.get_tensor    = buffer_get;
    b->iface.clear         = buffer_clear;
    b->buft    = t;
    b->context = data;
    b->size    = size;
    b->usage   = GGML_BACKEND_BUFFER_USAGE_ANY;
    return b;
}

static uint8_t guid[16] = {'i', 'l', 's', 'a', 'i', ' ', 's', 't', 'a', 'n', 'd', ' ', 'i', 'n', ' ', '1'};

static ggml_backend_t inner(ggml_backend_t b) { return (ggml_backend_t) b->context; }

static const char * backend_name(ggml_backend_t b) { return of(b->device)->name; }
static void         backend_free(ggml_backend_t b) {
    inner(b)->iface.free(inner(b));
    delete b;
}
static ggml_status backend_compute(ggml_backend_t b, ggml_cgraph * graph, int batch) {
    return inner(b)->iface.graph_compute(inner(b), graph, batch);
}

static ggml_backend_t device_init(ggml_backend_dev_t dev, const char * params) {
    ggml_backend * b = new ggml_backend{};
    b->guid                = &guid;
    b->iface.get_name      = backend_name;
    b->iface.free          = backend_free;
    b->iface.graph_compute = backend_compute;
    b->device              = dev;
    b->context             = cpu->iface.init_backend(cpu, params);
    return b;
}

static const char * device_name(ggml_backend_dev_t dev) { return of(dev)->name; }
static const char * device_description(ggml_backend_dev_t) { return "the CPU in a device's place"; }
static void device_memory(ggml_backend_dev_t dev, size_t * free, size_t * total) {
    *total = of(dev)->total;
    *free  = *total - of(dev)->used;
}
static enum ggml_backend_dev_type device_type(ggml_backend_dev_t) { return GGML_BACKEND_DEVICE_TYPE_GPU; }
static void device_props(ggml_backend_dev_t dev, ggml_backend_dev_props * p) {
    memset(p, 0, sizeof *p);
    p->name        = device_name(dev);
    p->description = device_description(dev);
    p->type        = device_type(dev);
    p->library     = "STANDIN";
    device_memory(dev, &p->memory_free, &p->memory_total);
}
static ggml_backend_buffer_type_t device_buft(ggml_backend_dev_t dev) { return &of(dev)->buft; }
static bool device_supports_buft(ggml_backend_dev_t dev, ggml_backend_buffer_type_t t) { return t == &of(dev)->buft; }

static bool device_supports_op(ggml_backend_dev_t, const ggml_tensor * op) { return cpu->iface.supports_op(cpu, op); }

static const char *       reg_name(ggml_backend_reg_t) { return "STANDIN"; }
static size_t             reg_count(ggml_backend_reg_t) { return n_devices; }
static ggml_backend_dev_t reg_device(ggml_backend_reg_t, size_t i) { return &devices[i].ggml; }
static void *             reg_address(ggml_backend_reg_t, const char *) { return nullptr; }

static void add(size_t total) {
    device & d = devices[n_devices];
    d.name[0] = 0;
    strcpy(d.name, "STANDIN0");
    d.name[7] += n_devices++;
    d.total      = total;
    d.ggml.reg     = &reg;
    d.ggml.context = &d;
    ggml_backend_device_i & i = d.ggml.iface;
    i.get_name        = device_name;
    i.get_description = device_description;
    i.get_memory      = device_memory;
    i.get_type        = device_type;
    i.get_props       = device_props;
    i.init_backend    = device_init;
    i.get_buffer_type = device_buft;
    i.supports_op     = device_supports_op;
    i.supports_buft   = device_supports_buft;
    d.buft.device              = &d.ggml;
    d.buft.iface.get_name      = buft_name;
    d.buft.iface.alloc_buffer  = buft_alloc;
    d.buft.iface.get_alignment = buft_alignment;
    d.buft.iface.is_host       = buft_is_host;
}

EXPORT const char * ilsai_backend_abi(void) { return STANDIN_ABI; }
EXPORT const char * ilsai_backend_module(void) { return STANDIN_MODULE; }

EXPORT void ilsai_backend_attach(const ilsai_backend_host * host) {
    cpu = host->cpu->iface.get_device(host->cpu, 0);
    if (getenv("STANDIN_LOG") != nullptr) {
        host->log(GGML_LOG_LEVEL_ERROR, getenv("STANDIN_LOG"), nullptr);
    }
}

#ifdef STANDIN_MISSING
extern "C" void standin_missing(void); // nobody has it
#endif

EXPORT ggml_backend_reg_t ggml_backend_init(void) {
#ifdef STANDIN_MISSING
    standin_missing();
#endif
    if (getenv("STANDIN_CRASH") != nullptr) {
        abort();
    }
    const char * memory = getenv("STANDIN_MEMORY");
    for (const char * at = memory == nullptr ? "1073741824" : memory; *at != 0 && n_devices < MAX;) {
        char * end;
        add(strtoull(at, &end, 10));
        at = *end == ',' ? end + 1 : end;
    }
    reg.api_version           = GGML_BACKEND_API_VERSION;
    reg.iface.get_name         = reg_name;
    reg.iface.get_device_count = reg_count;
    reg.iface.get_device       = reg_device;
    reg.iface.get_proc_address = reg_address;
    return &reg;
}
