#include "shim_internal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

// How many of the likeliest tokens are tried against the grammar before all of them are. Greedy
// sampling gives the same token either way: the likeliest one that the grammar lets pass.
static const int GRAMMAR_TRIES = 32;

// Logits whose greatest is looked at together, see fill_likeliest.
static const int32_t BLOCK = 32;

struct ilsai_sampler {
    llama_sampler *               chain;   // nullptr: greedy
    llama_sampler *               grammar; // nullptr: free text
    std::vector<llama_token_data> cand;    // these two are kept between calls, so that sampling does not allocate
    std::vector<float>            maxima;  // of blocks of logits
    int32_t                       top_k;   // of the chain, 0: no limit
};

ilsai_sampler * ilsai_sampler_new(const llama_model * m, const ilsai_sampling * p, const char * grammar) {
    ilsai_sampler * s = nullptr;
    try {
        s = new ilsai_sampler{nullptr, nullptr, {}, {}, p->top_k};
        if (grammar != nullptr) {
            s->grammar = llama_sampler_init_grammar(llama_model_get_vocab(m), grammar, "root");
            if (s->grammar == nullptr) {
                ilsai_sampler_free(s);
                return nullptr;
            }
        }
        if (p->temperature > 0) {
            llama_sampler_chain_params cp = llama_sampler_chain_default_params();
            cp.no_perf = true;
            s->chain = llama_sampler_chain_init(cp);
            if (p->top_k > 0) {
                llama_sampler_chain_add(s->chain, llama_sampler_init_top_k(p->top_k));
            }
            if (p->top_p < 1) {
                llama_sampler_chain_add(s->chain, llama_sampler_init_top_p(p->top_p, 1));
            }
            if (p->min_p > 0) {
                llama_sampler_chain_add(s->chain, llama_sampler_init_min_p(p->min_p, 1));
            }
            llama_sampler_chain_add(s->chain, llama_sampler_init_temp(p->temperature));
            llama_sampler_chain_add(s->chain, llama_sampler_init_dist(p->seed));
        }
        return s;
    } catch (...) {
        ilsai_sampler_free(s);
        return nullptr;
    }
}

void ilsai_sampler_free(ilsai_sampler * s) {
    if (s == nullptr) {
        return;
    }
    if (s->chain != nullptr) {
        llama_sampler_free(s->chain);
    }
    if (s->grammar != nullptr) {
        llama_sampler_free(s->grammar);
    }
    delete s;
}

int32_t ilsai_argmax(const float * x, int32_t n) {
    // Sixteen running maxima instead of one let the compiler use vector registers without -ffast-math.
    const int32_t lanes = 16;
    const float   low   = -std::numeric_limits<float>::infinity();
    float         top[lanes];
    for (int32_t j = 0; j < lanes; j++) {
        top[j] = low;
    }
    int32_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        for (int32_t j = 0; j < lanes; j++) {
            top[j] = x[i + j] > top[j] ? x[i + j] : top[j];
        }
    }
    float best = low;
    for (int32_t j = 0; j < lanes; j++) {
        best = top[j] > best ? top[j] : best;
    }
    for (; i < n; i++) {
        best = x[i] > best ? x[i] : best;
    }
    if (best == low) {
        return -1;
    }
    for (i = 0; i < n; i++) {
        if (x[i] == best) {
            return i;
        }
    }
    return -1;
}

static bool grammar_allows(llama_sampler * grammar, llama_token token) {
    llama_token_data       one  = {token, 1.0f, 0.0f};
    llama_token_data_array list = {&one, 1, -1, false};
    llama_sampler_apply(grammar, &list);
    return one.logit != -INFINITY;
}

// Samplers divide by sums of exponents: a logit that is not finite would poison all of them.
static void keep_finite(std::vector<llama_token_data> & cand) {
    cand.erase(std::remove_if(cand.begin(), cand.end(), [](const llama_token_data & c) { return !std::isfinite(c.logit); }),
               cand.end());
}

static void fill(std::vector<llama_token_data> & cand, const float * logits, int32_t n_vocab) {
    cand.resize(n_vocab);
    for (int32_t t = 0; t < n_vocab; t++) {
        cand[t] = {t, logits[t], 0.0f};
    }
    keep_finite(cand);
}

static float block_maximum(const float * x) {
    // As in ilsai_argmax: a fixed number of running maxima are vector registers.
    float top[8];
    for (int32_t j = 0; j < 8; j++) {
        top[j] = -std::numeric_limits<float>::infinity();
    }
    for (int32_t i = 0; i < BLOCK; i += 8) {
        for (int32_t j = 0; j < 8; j++) {
            top[j] = x[i + j] > top[j] ? x[i + j] : top[j];
        }
    }
    float best = top[0];
    for (int32_t j = 1; j < 8; j++) {
        best = top[j] > best ? top[j] : best;
    }
    return best;
}

// fill, but without most of the tokens that a limit of k would drop: the k-th greatest of the blocks' maxima has k logits
// not below it, so what is below it is not among the k likeliest. Carrying the whole vocabulary through the chain costs
// more than choosing among the few hundred that are left.
static void fill_likeliest(ilsai_sampler * s, const float * logits, int32_t n_vocab) {
    const int32_t blocks = n_vocab / BLOCK, k = s->top_k;
    if (k >= blocks) {
        fill(s->cand, logits, n_vocab);
        return;
    }
    s->maxima.resize(2 * blocks); // by place, and again to be reordered
    for (int32_t b = 0; b < blocks; b++) {
        s->maxima[b] = block_maximum(logits + b * BLOCK);
    }
    const auto reordered = s->maxima.begin() + blocks;
    std::copy(s->maxima.begin(), reordered, reordered);
    std::nth_element(reordered, reordered + (k - 1), s->maxima.end(), std::greater<float>());
    const float bound = reordered[k - 1];
    if (!std::isfinite(bound) || !std::isfinite(*std::max_element(reordered, reordered + k))) {
        fill(s->cand, logits, n_vocab);
        return;
    }
    s->cand.clear();
    for (int32_t b = 0; b < blocks; b++) {
        for (int32_t t = b * BLOCK; s->maxima[b] >= bound && t < (b + 1) * BLOCK; t++) {
            if (logits[t] >= bound) {
                s->cand.push_back({t, logits[t], 0.0f});
            }
        }
    }
    for (int32_t t = blocks * BLOCK; t < n_vocab; t++) { // what no block holds
        s->cand.push_back({t, logits[t], 0.0f});
    }
    keep_finite(s->cand);
}

static llama_token choose(llama_sampler * chain, std::vector<llama_token_data> & cand) {
    llama_token_data_array list = {cand.data(), cand.size(), -1, false};
    llama_sampler_apply(chain, &list);
    return list.selected < 0 || (size_t) list.selected >= list.size ? LLAMA_TOKEN_NULL : list.data[list.selected].id;
}

static bool likelier(const llama_token_data & a, const llama_token_data & b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// The likeliest of cand[from, to) that the grammar allows.
static llama_token first_allowed(ilsai_sampler * s, size_t from, size_t to) {
    llama_token_data_array list = {s->cand.data() + from, to - from, -1, false};
    llama_sampler_apply(s->grammar, &list);
    const llama_token_data * best = nullptr;
    for (size_t i = from; i < to; i++) {
        const llama_token_data & c = s->cand[i];
        if (c.logit != -INFINITY && (best == nullptr || likelier(c, *best))) {
            best = &c;
        }
    }
    return best == nullptr ? LLAMA_TOKEN_NULL : best->id;
}

static int constrained(ilsai_sampler * s, const float * logits, int32_t n_vocab, llama_token * out) {
    fill(s->cand, logits, n_vocab);
    if (s->chain == nullptr) {
        const size_t n = std::min<size_t>(GRAMMAR_TRIES, s->cand.size());
        std::partial_sort(s->cand.begin(), s->cand.begin() + n, s->cand.end(), likelier);
        *out = first_allowed(s, 0, n);
        if (*out == LLAMA_TOKEN_NULL && n < s->cand.size()) {
            *out = first_allowed(s, n, s->cand.size());
        }
    } else {
        llama_token_data_array list = {s->cand.data(), s->cand.size(), -1, false};
        llama_sampler_apply(s->grammar, &list);
        keep_finite(s->cand);
        *out = s->cand.empty() ? LLAMA_TOKEN_NULL : choose(s->chain, s->cand);
    }
    return *out == LLAMA_TOKEN_NULL ? ILSAI_ROW_EXHAUSTED : ILSAI_ROW_OK;
}

int ilsai_sample(ilsai_sampler * s, const float * logits, int32_t n_vocab, llama_token * out) {
    if (s->chain == nullptr) {
        *out = ilsai_argmax(logits, n_vocab);
    } else {
        if (s->top_k > 0) {
            fill_likeliest(s, logits, n_vocab);
        } else {
            fill(s->cand, logits, n_vocab);
        }
        *out = s->cand.empty() ? LLAMA_TOKEN_NULL : choose(s->chain, s->cand);
    }
    if (*out < 0) {
        return ILSAI_ROW_NOT_FINITE;
    }
    if (s->grammar == nullptr) {
        return ILSAI_ROW_OK;
    }
    // Most tokens a trained model proposes are right, and checking one is cheap; asking the grammar
    // about the whole vocabulary is not.
    if (!grammar_allows(s->grammar, *out)) {
        const int rc = constrained(s, logits, n_vocab, out);
        if (rc != ILSAI_ROW_OK) {
            return rc;
        }
    }
    llama_sampler_accept(s->grammar, *out);
    return ILSAI_ROW_OK;
}

// llama.cpp aborts the process when an end token is accepted too early, and throws on any other token that its
// grammar does not allow: hence the question before each.
int ilsai_accept(ilsai_sampler * s, const int32_t * tokens, int32_t n) {
    for (int32_t i = 0; i < n && s->grammar != nullptr; i++) {
        if (!grammar_allows(s->grammar, tokens[i])) {
            return ILSAI_ROW_REFUSED;
        }
        llama_sampler_accept(s->grammar, tokens[i]);
    }
    return ILSAI_ROW_OK;
}
