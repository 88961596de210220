#include "shim_internal.h"

#include <cstdlib>

ilsai_context * ilsai_context_new(llama_model * m, const ilsai_context_params * p) {
    llama_context_params cp = llama_context_default_params();
    cp.n_ctx           = p->n_ctx_seq * p->n_seq_max;
    cp.n_seq_max       = p->n_seq_max;
    cp.n_batch         = p->n_batch;
    cp.n_ubatch        = p->n_ubatch;
    cp.n_threads       = p->n_threads;
    cp.n_threads_batch = p->n_threads_batch;
    cp.flash_attn_type = p->flash < 0 ? LLAMA_FLASH_ATTN_TYPE_AUTO : p->flash == 0 ? LLAMA_FLASH_ATTN_TYPE_DISABLED : LLAMA_FLASH_ATTN_TYPE_ENABLED;
    cp.type_k          = p->kv_q8 ? GGML_TYPE_Q8_0 : GGML_TYPE_F16;
    cp.type_v          = cp.type_k;
    cp.kv_unified      = false;
    cp.pooling_type    = LLAMA_POOLING_TYPE_NONE; // whatever the file says; see ilsai_decode
    cp.no_perf         = true;
    ilsai_context * c = nullptr;
    try {
        llama_context * ctx = llama_init_from_model(m, cp);
        if (ctx == nullptr) {
            return nullptr;
        }
        c          = new ilsai_context{};
        c->ctx     = ctx;
        c->vocab   = llama_model_get_vocab(m);
        c->n_vocab = llama_vocab_n_tokens(c->vocab);
        c->n_batch = (int32_t) llama_n_batch(ctx);
        c->batch   = llama_batch_init(c->n_batch, 0, 1);
        c->choices.reserve(c->n_batch);
        c->choosers = ilsai_choosers_new(p->n_threads_choosing);
        return c;
    } catch (...) {
        ilsai_context_free(c);
        return nullptr;
    }
}

void ilsai_context_free(ilsai_context * c) {
    if (c == nullptr) {
        return;
    }
    ilsai_choosers_free(c->choosers);
    llama_batch_free(c->batch);
    llama_free(c->ctx);
    delete c;
}

int64_t ilsai_context_decode_us(const ilsai_context * c) { return c->decode_us; }

uint32_t ilsai_context_n_ctx_seq(const ilsai_context * c) { return llama_n_ctx_seq(c->ctx); }

static int32_t step(ilsai_context * c, ilsai_row * rows, int32_t n, const int32_t * accept) {
    llama_batch & b = c->batch;
    b.n_tokens = n;
    for (int32_t i = 0; i < n; i++) {
        b.token[i]     = rows[i].token;
        b.pos[i]       = rows[i].pos;
        b.n_seq_id[i]  = 1;
        b.seq_id[i][0] = rows[i].seq;
        b.logits[i]    = rows[i].sampler != 0;
    }
    const int64_t began = llama_time_us();
    const int32_t rc    = ilsai_decode(c, b);
    if (rc != 0) {
        return rc;
    }
    llama_synchronize(c->ctx); // reading the first row would wait as well
    c->decode_us += llama_time_us() - began;
    c->accept = accept;
    c->choices.clear();
    for (int32_t i = 0; i < n; i++) {
        if (rows[i].sampler != 0) {
            c->choices.push_back({&rows[i], llama_get_logits_ith(c->ctx, i)});
        }
    }
    ilsai_choose(c);
    return 0;
}

int32_t ilsai_step(ilsai_context * c, ilsai_row * rows, int32_t n, const int32_t * accept) {
    if (n <= 0 || n > c->n_batch) {
        return -1;
    }
    try {
        return step(c, rows, n, accept);
    } catch (...) {
        return -1000;
    }
}

// Across sequences with separate buffers llama.cpp copies whole sequences only (-1, -1), and does so
// at the start of the next decode.
bool ilsai_seq_copy(ilsai_context * c, int32_t src, int32_t dst, int32_t n) {
    try {
        // Across streams only whole sequences can be copied; what is too much is cut off afterwards.
        llama_memory_seq_cp(llama_get_memory(c->ctx), src, dst, -1, -1);
        return llama_memory_seq_rm(llama_get_memory(c->ctx), dst, n, -1);
    } catch (...) {
        return false;
    }
}

bool ilsai_seq_clear(ilsai_context * c, int32_t seq) {
    try {
        return llama_memory_seq_rm(llama_get_memory(c->ctx), seq, -1, -1);
    } catch (...) {
        return false;
    }
}

int32_t ilsai_seq_length(ilsai_context * c, int32_t seq) {
    return llama_memory_seq_pos_max(llama_get_memory(c->ctx), seq) + 1;
}
