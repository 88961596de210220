#include "shim_internal.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

// Rows × vocabulary below which waking the others takes longer than choosing alone.
static const int64_t ENOUGH = 1 << 20;

// Threads that help choose the tokens of one step. A row's work is its own: its logits, its sampler, its result. Between
// steps they sleep; only the context's thread gives work, and waits until all of it is done.
struct ilsai_choosers {
    std::mutex               mutex;
    std::condition_variable  work, done;
    std::vector<std::thread> threads;
    uint64_t                 round = 0; // of work given
    int                      busy  = 0; // threads that have not finished the round
    bool                     stop  = false;
    ilsai_context *          context = nullptr;
    std::atomic<size_t>      next{0};
};

// The token after a row, once the grammar knows what was forced before it.
static void choose_row(ilsai_context * c, const ilsai_choice & choice) {
    ilsai_row * r = choice.row;
    try {
        ilsai_sampler * s = (ilsai_sampler *) r->sampler;
        r->status = choice.logits == nullptr ? ILSAI_ROW_FAILED : ilsai_accept(s, c->accept + r->accept_at, r->accept_n);
        if (r->status == ILSAI_ROW_OK) {
            r->status = ilsai_sample(s, choice.logits, c->n_vocab, &r->next);
        }
    } catch (...) {
        // One row's grammar must not take the other rows of the batch with it.
        r->status = ILSAI_ROW_FAILED;
    }
    r->eog = r->status == ILSAI_ROW_OK && llama_vocab_is_eog(c->vocab, r->next);
}

static void choose_some(ilsai_choosers * p, ilsai_context * c) {
    for (size_t i; (i = p->next.fetch_add(1, std::memory_order_relaxed)) < c->choices.size();) {
        choose_row(c, c->choices[i]);
    }
}

static void help(ilsai_choosers * p) {
    std::unique_lock<std::mutex> lock(p->mutex);
    for (uint64_t seen = 0;;) {
        p->work.wait(lock, [&] { return p->stop || p->round != seen; });
        if (p->stop) {
            return;
        }
        seen = p->round;
        lock.unlock();
        choose_some(p, p->context);
        lock.lock();
        if (--p->busy == 0) {
            p->done.notify_one();
        }
    }
}

ilsai_choosers * ilsai_choosers_new(int32_t threads) {
    if (threads < 2) {
        return nullptr;
    }
    ilsai_choosers * p = new ilsai_choosers{};
    try {
        while ((int32_t) p->threads.size() < threads - 1) {
            p->threads.emplace_back(help, p);
        }
    } catch (...) { // no more threads to be had: those there are do
    }
    return p;
}

void ilsai_choosers_free(ilsai_choosers * p) {
    if (p == nullptr) {
        return;
    }
    {
        std::lock_guard<std::mutex> lock(p->mutex);
        p->stop = true;
    }
    p->work.notify_all();
    for (std::thread & t : p->threads) {
        t.join();
    }
    delete p;
}

void ilsai_choose(ilsai_context * c) {
    ilsai_choosers * p = c->choosers;
    if (p == nullptr || p->threads.empty() || c->choices.size() < 2 || (int64_t) c->choices.size() * c->n_vocab < ENOUGH) {
        for (const ilsai_choice & choice : c->choices) {
            choose_row(c, choice);
        }
        return;
    }
    {
        std::lock_guard<std::mutex> lock(p->mutex);
        p->context = c;
        p->next    = 0;
        p->busy    = (int) p->threads.size();
        p->round++;
    }
    p->work.notify_all();
    choose_some(p, c);
    std::unique_lock<std::mutex> lock(p->mutex);
    p->done.wait(lock, [&] { return p->busy == 0; });
}
