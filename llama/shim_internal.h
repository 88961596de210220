// Shared by the shim_*.cpp files, never seen by Go.
#pragma once

#include "llama.h"
#include "shim.h"

#include <vector>

// A row with a sampler, and its logits.
struct ilsai_choice {
    ilsai_row *   row;
    const float * logits;
};

struct ilsai_choosers;

struct ilsai_context {
    llama_context *           ctx;
    const llama_vocab *       vocab;
    llama_batch               batch;   // capacity n_batch, one sequence per token
    int32_t                   n_batch;
    int32_t                   n_vocab;
    int32_t                   adapter  = 0;        // its id, 0: none
    int32_t                   graph[2] = {-1, -1}; // see ilsai_decode
    int64_t                   decode_us = 0;        // in llama_decode until all of it was computed, of all steps
    std::vector<ilsai_choice> choices;              // of the step
    const int32_t *           accept   = nullptr;   // of the step
    ilsai_choosers *          choosers = nullptr;   // nullptr: this thread alone
};

// shim_choosing.cpp: chooses the tokens of a step's choices, each of a sampler of its own, on as many threads as there are.
ilsai_choosers * ilsai_choosers_new(int32_t threads);
void             ilsai_choosers_free(ilsai_choosers * p);
void             ilsai_choose(ilsai_context * c);

// Passes a line of llama.cpp's log to Go; a ggml_log_callback.
void ilsai_log(ggml_log_level level, const char * text, void *);

// llama_decode with the context's adapter, and never with the one before it.
int32_t ilsai_decode(ilsai_context * c, const llama_batch & b);

// Chooses the token after output row i. 0 or an ILSAI_ROW_ code.
int ilsai_sample(ilsai_sampler * s, const float * logits, int32_t n_vocab, llama_token * out);

// Moves the grammar on by tokens that were not sampled. 0 or an ILSAI_ROW_ code; after one the sampler is of no use.
int ilsai_accept(ilsai_sampler * s, const int32_t * tokens, int32_t n);

// Index of the largest value, the first of equals; -1 when none is above minus infinity.
int32_t ilsai_argmax(const float * x, int32_t n);
