// The C face of this package: everything Go calls is declared here and llama.h is seen by the
// shim_*.cpp files only. No function throws: a C++ exception that reached Go would end the process.
#ifndef ILSAI_SHIM_H
#define ILSAI_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct llama_model;
typedef struct ilsai_context ilsai_context;
typedef struct ilsai_sampler ilsai_sampler;

// shim_log.cpp
void ilsai_backend_init(void);
void ilsai_log_level(int level); // lines below level are dropped before they cross into Go

// shim_backend.cpp
enum {
    ILSAI_BACKEND_OK         = 0,
    ILSAI_BACKEND_UNLOADABLE = 1, // the loader's words are the detail
    ILSAI_BACKEND_FOREIGN    = 2, // a library, of something else
    ILSAI_BACKEND_VERSION    = 3, // of another ggml, or one that will not start
    ILSAI_BACKEND_NO_DEVICE  = 4,
};

typedef struct ilsai_device {
    char   name[32];
    char   description[128];
    char   backend[32];
    bool   gpu;
    size_t free, total; // bytes
    int    driver_major, driver_minor, compute_major, compute_minor; // 0 when there is nothing to say
} ilsai_device;

// Microseconds for copying so many bytes on a device so many times; negative when there is no room.
int64_t ilsai_device_copy(int32_t i, size_t bytes, int32_t times);
// Loads a library of devices; module is the version its ggml must be of.
int     ilsai_backend_load(const char * path, const char * module, char * detail, size_t cap);
int32_t ilsai_device_count(void);
void    ilsai_device_describe(int32_t i, ilsai_device * out);

// shim_model.cpp
typedef struct ilsai_model_info {
    uint64_t n_params;
    uint64_t n_bytes;
    int32_t  n_ctx_train;
    int32_t  n_vocab;
    int32_t  n_layer;
    int32_t  n_embd;
    int32_t  n_head_kv;
    int32_t  bos, eos, eot; // -1 when the vocabulary has none
    bool     add_bos;
} ilsai_model_info;

int32_t ilsai_type_block(int32_t type); // elements per block, 0 for a type that does not exist
size_t  ilsai_type_bytes(int32_t type); // bytes per block

enum { ILSAI_SPLIT_NONE = 0, ILSAI_SPLIT_LAYER = 1, ILSAI_SPLIT_ROW = 2 };

// gpu_layers negative: no device but the CPU is used, whatever has been loaded.
struct llama_model * ilsai_model_load(const char * path, int32_t gpu_layers, int32_t split, bool use_mmap, uintptr_t progress);
void         ilsai_model_free(struct llama_model * m);
void         ilsai_model_get_info(const struct llama_model * m, ilsai_model_info * out);
int32_t      ilsai_model_desc(const struct llama_model * m, char * buf, size_t cap);
const char * ilsai_model_template(const struct llama_model * m);
int32_t      ilsai_meta_count(const struct llama_model * m);
int32_t      ilsai_meta_key(const struct llama_model * m, int32_t i, char * buf, size_t cap);
int32_t      ilsai_meta_value(const struct llama_model * m, int32_t i, char * buf, size_t cap);

// The texts of all tokens one after the other, and where each ends; eog[i] is 1 when token i ends a
// generation. Returns the bytes needed; nothing past cap is written. -1: it failed.
int64_t ilsai_pieces(const struct llama_model * m, char * buf, size_t cap, uint32_t * ends, uint8_t * eog);
// The count of tokens, or minus the count when cap is too small, or INT32_MIN.
int32_t ilsai_tokenize(const struct llama_model * m, const char * text, int32_t len, int32_t * tokens, int32_t cap,
                       bool add_special, bool parse_special);
int32_t ilsai_detokenize(const struct llama_model * m, const int32_t * tokens, int32_t n, char * buf, int32_t cap,
                         bool special);
// The bytes of the rendered text, negative when llama.cpp does not know the template.
int32_t ilsai_chat(const char * tmpl, const char ** roles, const char ** contents, size_t n, bool add_assistant,
                   char * buf, int32_t cap);

// shim_sampler.cpp
typedef struct ilsai_sampling {
    float    temperature; // 0: greedy, and the rest is not looked at
    int32_t  top_k;
    float    top_p;
    float    min_p;
    uint32_t seed;
} ilsai_sampling;

ilsai_sampler * ilsai_sampler_new(const struct llama_model * m, const ilsai_sampling * p, const char * grammar);
void            ilsai_sampler_free(ilsai_sampler * s);

// shim_context.cpp
enum {
    ILSAI_ROW_OK        = 0,
    ILSAI_ROW_EXHAUSTED = 1, // no token of the vocabulary continues the grammar
    ILSAI_ROW_NOT_FINITE = 2, // the model gave no finite logit
    ILSAI_ROW_FAILED    = 3,
    ILSAI_ROW_REFUSED   = 4, // the grammar does not allow a token the sampler was to accept
};

// One token to decode. With a sampler, the token that follows it is chosen and put in next, after the
// sampler's grammar has taken accept_n tokens of the step's accept list from accept_at on.
typedef struct ilsai_row {
    int32_t   token;
    int32_t   seq;
    int32_t   pos;
    int32_t   next;
    int32_t   status;
    int32_t   eog;
    int32_t   accept_at;
    int32_t   accept_n;
    uintptr_t sampler;
} ilsai_row;

typedef struct ilsai_context_params {
    uint32_t n_ctx_seq;
    uint32_t n_seq_max;
    uint32_t n_batch;
    uint32_t n_ubatch;
    int32_t  n_threads;
    int32_t  n_threads_batch;
    int32_t  n_threads_choosing; // that choose tokens after a step
    int32_t  flash;  // -1 where it can be, 0 no, 1 yes
    bool     kv_q8;  // else f16
} ilsai_context_params;

ilsai_context * ilsai_context_new(struct llama_model * m, const ilsai_context_params * p);
void            ilsai_context_free(ilsai_context * c);
uint32_t        ilsai_context_n_ctx_seq(const ilsai_context * c);
int64_t         ilsai_context_decode_us(const ilsai_context * c); // of all steps, without choosing tokens
// llama_decode's code: 0 done, 1 no room in the KV cache, else failed. -1000: an exception.
int32_t ilsai_step(ilsai_context * c, ilsai_row * rows, int32_t n, const int32_t * accept);
bool    ilsai_seq_copy(ilsai_context * c, int32_t src, int32_t dst, int32_t n);
bool    ilsai_seq_clear(ilsai_context * c, int32_t seq);
int32_t ilsai_seq_length(ilsai_context * c, int32_t seq);

// shim_adapter.cpp
struct llama_adapter_lora;
// NULL when it failed; the file must have been checked. It touches nothing of the model but its list of tensors,
// so contexts may decode meanwhile.
struct llama_adapter_lora * ilsai_adapter_load(struct llama_model * m, const char * path);
void ilsai_adapter_free(struct llama_adapter_lora * a);
// What decodes from now on are computed with. NULL and 0: the model alone. id is never another adapter's.
bool ilsai_adapter_set(ilsai_context * c, struct llama_adapter_lora * a, int32_t id);

// shim_bare.cpp: the loop the scheduler is measured against. Microseconds, or negative on failure.
int64_t ilsai_bare_decode(ilsai_context * c, int32_t n_seq, const int32_t * prompt, int32_t n_prompt, int32_t n_decode,
                          int64_t * prefill_us);
// The logits after a prompt of at most a batch, n_vocab of them.
bool ilsai_bare_logits(ilsai_context * c, const int32_t * prompt, int32_t n_prompt, float * out);

#ifdef __cplusplus
}
#endif
#endif
