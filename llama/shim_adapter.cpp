#include "shim_internal.h"

llama_adapter_lora * ilsai_adapter_load(llama_model * m, const char * path) {
    try {
        return llama_adapter_lora_init(m, path);
    } catch (...) {
        return nullptr;
    }
}

void ilsai_adapter_free(llama_adapter_lora * a) { llama_adapter_lora_free(a); }

bool ilsai_adapter_set(ilsai_context * c, llama_adapter_lora * a, int32_t id) {
    try {
        llama_clear_adapter_lora(c->ctx);
        c->adapter = 0;
        if (a != nullptr) {
            llama_set_adapter_lora(c->ctx, a, 1.0f);
            c->adapter = id;
        }
        return true;
    } catch (...) {
        return false;
    }
}

// llama.cpp computes its last graph again when the next batch has the same shape. A graph holds the adapter's
// tensors, but whether two batches have the same adapters is decided by the address of the context's list of them
// (llm_graph_params::allow_reuse), which never changes: a batch of another adapter would be computed with the one
// before. What that comparison does see is whether embeddings are wanted. So adapters that follow one another get
// different values of it; for the logits it means nothing, and its cost is one row of embeddings copied per output.
//
// graph[f] is the adapter of the last graph if that was built with the value f: none, an id, or some when it is not
// known. Only a decode that failed leaves both of them possible.
enum { none = -1, some = -2 };

static bool usable(const ilsai_context * c, int f) { return c->graph[f] == none || c->graph[f] == c->adapter; }

static int32_t decode_as(ilsai_context * c, const llama_batch & b, int f) {
    c->graph[f] = usable(c, f) ? c->adapter : some;
    llama_set_embeddings(c->ctx, f != 0);
    const int32_t rc = llama_decode(c->ctx, b);
    if (rc == 0) {
        c->graph[1 - f] = none;
    }
    return rc;
}

int32_t ilsai_decode(ilsai_context * c, const llama_batch & b) {
    const int f = c->graph[1] == c->adapter ? 1 : 0; // the graph that can be used again, if there is one
    if (usable(c, f)) {
        return decode_as(c, b, f);
    }
    if (usable(c, 1 - f)) {
        return decode_as(c, b, 1 - f);
    }
    // Two other adapters' graphs are possible. Decode one row, with whichever adapter, and forget it.
    llama_batch one = b;
    one.n_tokens = 1;
    const int32_t rc = decode_as(c, one, 0);
    if (rc != 0) {
        return rc;
    }
    llama_memory_seq_rm(llama_get_memory(c->ctx), b.seq_id[0][0], b.pos[0], -1);
    return decode_as(c, b, 1);
}
