#include "shim_internal.h"

#include <algorithm>

static void put(llama_batch & b, llama_token token, int32_t pos, int32_t seq, bool output) {
    const int32_t i = b.n_tokens++;
    b.token[i]     = token;
    b.pos[i]       = pos;
    b.n_seq_id[i]  = 1;
    b.seq_id[i][0] = seq;
    b.logits[i]    = output;
}

static int64_t bare(ilsai_context * c, int32_t n_seq, const int32_t * prompt, int32_t n_prompt, int32_t n_decode,
                    int64_t * prefill_us) {
    llama_memory_clear(llama_get_memory(c->ctx), false);
    llama_batch &            b = c->batch;
    std::vector<llama_token> last(n_seq);

    const int64_t start = llama_time_us();
    b.n_tokens = 0;
    for (int32_t s = 0; s < n_seq; s++) {
        for (int32_t p = 0; p < n_prompt; p++) {
            put(b, prompt[p], p, s, p == n_prompt - 1);
            const bool ends = s == n_seq - 1 && p == n_prompt - 1;
            if (b.n_tokens < c->n_batch && !ends) {
                continue;
            }
            if (ilsai_decode(c, b) != 0) {
                return -1;
            }
            for (int32_t i = 0; i < b.n_tokens; i++) {
                if (b.logits[i]) {
                    last[b.seq_id[i][0]] = ilsai_argmax(llama_get_logits_ith(c->ctx, i), c->n_vocab);
                }
            }
            b.n_tokens = 0;
        }
    }
    const int64_t prefilled = llama_time_us();
    *prefill_us = prefilled - start;

    for (int32_t d = 0; d < n_decode; d++) {
        b.n_tokens = 0;
        for (int32_t s = 0; s < n_seq; s++) {
            put(b, last[s], n_prompt + d, s, true);
        }
        if (ilsai_decode(c, b) != 0) {
            return -1;
        }
        for (int32_t s = 0; s < n_seq; s++) {
            last[s] = ilsai_argmax(llama_get_logits_ith(c->ctx, s), c->n_vocab);
        }
    }
    return llama_time_us() - prefilled;
}

int64_t ilsai_bare_decode(ilsai_context * c, int32_t n_seq, const int32_t * prompt, int32_t n_prompt, int32_t n_decode,
                          int64_t * prefill_us) {
    try {
        return bare(c, n_seq, prompt, n_prompt, n_decode, prefill_us);
    } catch (...) {
        return -1;
    }
}

bool ilsai_bare_logits(ilsai_context * c, const int32_t * prompt, int32_t n_prompt, float * out) {
    try {
        llama_memory_clear(llama_get_memory(c->ctx), false);
        llama_batch & b = c->batch;
        b.n_tokens = 0;
        for (int32_t p = 0; p < n_prompt; p++) {
            put(b, prompt[p], p, 0, p == n_prompt - 1);
        }
        if (ilsai_decode(c, b) != 0) {
            return false;
        }
        const float * logits = llama_get_logits_ith(c->ctx, n_prompt - 1);
        if (logits == nullptr) {
            return false;
        }
        std::copy(logits, logits + c->n_vocab, out);
        return true;
    } catch (...) {
        return false;
    }
}
