#include "shim_internal.h"

#include <climits>
#include <cstring>
#include <string>

extern "C" bool ilsaiGoProgress(float fraction, uintptr_t handle);

static bool on_progress(float fraction, void * handle) {
    return ilsaiGoProgress(fraction, (uintptr_t) handle);
}

int32_t ilsai_type_block(int32_t type) {
    return type < 0 || type >= GGML_TYPE_COUNT ? 0 : (int32_t) ggml_blck_size((ggml_type) type);
}

size_t ilsai_type_bytes(int32_t type) {
    return type < 0 || type >= GGML_TYPE_COUNT ? 0 : ggml_type_size((ggml_type) type);
}

llama_model * ilsai_model_load(const char * path, int32_t gpu_layers, int32_t split, bool use_mmap, uintptr_t progress) {
    ggml_backend_dev_t none = nullptr;
    llama_model_params p    = llama_model_default_params();
    p.n_gpu_layers = gpu_layers;
    p.split_mode   = split == ILSAI_SPLIT_NONE ? LLAMA_SPLIT_MODE_NONE : split == ILSAI_SPLIT_ROW ? LLAMA_SPLIT_MODE_ROW : LLAMA_SPLIT_MODE_LAYER;
    p.use_mmap     = use_mmap;
    if (gpu_layers < 0) {
        // No layers is not enough: llama.cpp would still let a device compute large batches.
        p.n_gpu_layers = 0;
        p.split_mode   = LLAMA_SPLIT_MODE_LAYER;
        p.devices      = &none;
    }
    if (progress != 0) {
        p.progress_callback           = on_progress;
        p.progress_callback_user_data = (void *) progress;
    }
    try {
        return llama_model_load_from_file(path, p);
    } catch (...) {
        return nullptr;
    }
}

void ilsai_model_free(llama_model * m) { llama_model_free(m); }

void ilsai_model_get_info(const llama_model * m, ilsai_model_info * out) {
    const llama_vocab * v = llama_model_get_vocab(m);
    out->n_params    = llama_model_n_params(m);
    out->n_bytes     = llama_model_size(m);
    out->n_ctx_train = llama_model_n_ctx_train(m);
    out->n_vocab     = llama_vocab_n_tokens(v);
    out->n_layer     = llama_model_n_layer(m);
    out->n_embd      = llama_model_n_embd(m);
    out->n_head_kv   = llama_model_n_head_kv(m);
    out->bos         = llama_vocab_bos(v);
    out->eos         = llama_vocab_eos(v);
    out->eot         = llama_vocab_eot(v);
    out->add_bos     = llama_vocab_get_add_bos(v);
}

int32_t ilsai_model_desc(const llama_model * m, char * buf, size_t cap) { return llama_model_desc(m, buf, cap); }

const char * ilsai_model_template(const llama_model * m) { return llama_model_chat_template(m, nullptr); }

int32_t ilsai_meta_count(const llama_model * m) { return llama_model_meta_count(m); }

int32_t ilsai_meta_key(const llama_model * m, int32_t i, char * buf, size_t cap) {
    return llama_model_meta_key_by_index(m, i, buf, cap);
}

int32_t ilsai_meta_value(const llama_model * m, int32_t i, char * buf, size_t cap) {
    return llama_model_meta_val_str_by_index(m, i, buf, cap);
}

int64_t ilsai_pieces(const llama_model * m, char * buf, size_t cap, uint32_t * ends, uint8_t * eog) {
    const llama_vocab * v = llama_model_get_vocab(m);
    const int32_t       n = llama_vocab_n_tokens(v);
    size_t              at = 0;
    char                piece[256];
    try {
        for (int32_t t = 0; t < n; t++) {
            std::string long_piece;
            const char * text = piece;
            int32_t      len  = llama_token_to_piece(v, t, piece, sizeof piece, 0, false);
            if (len < 0) {
                long_piece.resize(-len);
                len  = llama_token_to_piece(v, t, &long_piece[0], -len, 0, false);
                text = long_piece.data();
            }
            if (at + len <= cap) {
                memcpy(buf + at, text, len);
            }
            at += len;
            ends[t] = (uint32_t) at;
            eog[t]  = llama_vocab_is_eog(v, t);
        }
    } catch (...) {
        return -1;
    }
    return (int64_t) at;
}

int32_t ilsai_tokenize(const llama_model * m, const char * text, int32_t len, int32_t * tokens, int32_t cap,
                       bool add_special, bool parse_special) {
    try {
        return llama_tokenize(llama_model_get_vocab(m), text, len, tokens, cap, add_special, parse_special);
    } catch (...) {
        return INT32_MIN;
    }
}

int32_t ilsai_detokenize(const llama_model * m, const int32_t * tokens, int32_t n, char * buf, int32_t cap, bool special) {
    try {
        return llama_detokenize(llama_model_get_vocab(m), tokens, n, buf, cap, false, special);
    } catch (...) {
        return INT32_MIN;
    }
}

int32_t ilsai_chat(const char * tmpl, const char ** roles, const char ** contents, size_t n, bool add_assistant,
                   char * buf, int32_t cap) {
    try {
        std::vector<llama_chat_message> chat(n);
        for (size_t i = 0; i < n; i++) {
            chat[i] = {roles[i], contents[i]};
        }
        return llama_chat_apply_template(tmpl, chat.data(), n, add_assistant, buf, cap);
    } catch (...) {
        return -1;
    }
}
