// Refuses to run on a CPU that lacks an instruction set the C++ was compiled for: one sentence
// instead of SIGILL. It runs before the constructors of C++, which may use those instructions, so it
// is itself compiled for the plain CPU of its architecture.
#include "cpucheck.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What the flags asked for. This has to stand before the pragma below, which redefines the macros.
enum {
    NEEDED = 0
#if defined(__x86_64__)
#ifdef __SSE4_2__
        | ILSAI_CPU_SSE42
#endif
#ifdef __AVX__
        | ILSAI_CPU_AVX
#endif
#ifdef __AVX2__
        | ILSAI_CPU_AVX2
#endif
#ifdef __FMA__
        | ILSAI_CPU_FMA
#endif
#ifdef __BMI2__
        | ILSAI_CPU_BMI2
#endif
#ifdef __F16C__
        | ILSAI_CPU_F16C
#endif
#ifdef __AVX512F__
        | ILSAI_CPU_AVX512F
#endif
#ifdef __AVX512BW__
        | ILSAI_CPU_AVX512BW
#endif
#ifdef __AVX512DQ__
        | ILSAI_CPU_AVX512DQ
#endif
#ifdef __AVX512VL__
        | ILSAI_CPU_AVX512VL
#endif
#ifdef __AVX512VBMI__
        | ILSAI_CPU_AVX512VBMI
#endif
#ifdef __AVX512VNNI__
        | ILSAI_CPU_AVX512VNNI
#endif
#ifdef __AVX512BF16__
        | ILSAI_CPU_AVX512BF16
#endif
#endif
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("arch=x86-64,no-avx,no-avx2,no-avx512f,no-bmi,no-bmi2,no-sse3")
#endif

static const struct {
    uint32_t     bit;
    const char * name;
} NAMES[] = {
    {ILSAI_CPU_SSE42, "sse4.2"},         {ILSAI_CPU_AVX, "avx"},
    {ILSAI_CPU_AVX2, "avx2"},            {ILSAI_CPU_FMA, "fma"},
    {ILSAI_CPU_BMI2, "bmi2"},            {ILSAI_CPU_F16C, "f16c"},
    {ILSAI_CPU_AVX512F, "avx512f"},      {ILSAI_CPU_AVX512BW, "avx512bw"},
    {ILSAI_CPU_AVX512DQ, "avx512dq"},    {ILSAI_CPU_AVX512VL, "avx512vl"},
    {ILSAI_CPU_AVX512VBMI, "avx512vbmi"}, {ILSAI_CPU_AVX512VNNI, "avx512vnni"},
    {ILSAI_CPU_AVX512BF16, "avx512bf16"},
};

uint32_t ilsai_cpu_needed(void) { return NEEDED; }

uint32_t ilsai_cpu_present(void) {
    uint32_t have = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
#define HAVE(name, bit) \
    if (__builtin_cpu_supports(name)) have |= bit
    HAVE("sse4.2", ILSAI_CPU_SSE42);
    HAVE("avx", ILSAI_CPU_AVX);
    HAVE("avx2", ILSAI_CPU_AVX2);
    HAVE("fma", ILSAI_CPU_FMA);
    HAVE("bmi2", ILSAI_CPU_BMI2);
    HAVE("f16c", ILSAI_CPU_F16C);
    HAVE("avx512f", ILSAI_CPU_AVX512F);
    HAVE("avx512bw", ILSAI_CPU_AVX512BW);
    HAVE("avx512dq", ILSAI_CPU_AVX512DQ);
    HAVE("avx512vl", ILSAI_CPU_AVX512VL);
    HAVE("avx512vbmi", ILSAI_CPU_AVX512VBMI);
    HAVE("avx512vnni", ILSAI_CPU_AVX512VNNI);
    HAVE("avx512bf16", ILSAI_CPU_AVX512BF16);
#endif
    return have;
}

static size_t append(char * buf, size_t at, size_t cap, const char * text) {
    for (; *text != 0 && at + 1 < cap; text++) {
        buf[at++] = *text;
    }
    buf[at] = 0;
    return at;
}

bool ilsai_cpu_missing(uint32_t needed, uint32_t present, char * buf, size_t cap) {
    size_t at = 0;
    buf[0] = 0;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if ((needed & NAMES[i].bit) != 0 && (present & NAMES[i].bit) == 0) {
            at = append(buf, at, cap, at == 0 ? "" : ", ");
            at = append(buf, at, cap, NAMES[i].name);
        }
    }
    return at != 0;
}

__attribute__((constructor(101))) static void check(void) {
    uint32_t present = ilsai_cpu_present();
    // ILSAI_CPU_HIDE=avx2 pretends that a feature is absent, so that the refusal can be tried.
    const char * hide = getenv("ILSAI_CPU_HIDE");
    for (size_t i = 0; hide != NULL && i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strcmp(hide, NAMES[i].name) == 0) {
            present &= ~NAMES[i].bit;
        }
    }
    char missing[256];
    if (!ilsai_cpu_missing(NEEDED, present, missing, sizeof missing)) {
        return;
    }
    char   line[512];
    size_t n = append(line, 0, sizeof line, "ilsai: this binary was built for another CPU, this one lacks ");
    n = append(line, n, sizeof line, missing);
    n = append(line, n, sizeof line, ": rebuild on this machine with `make build`, or elsewhere with ILSAI_MARCH set (such as -march=x86-64-v2).\n");
    ssize_t ignored = write(STDERR_FILENO, line, n);
    (void) ignored;
    _exit(ILSAI_CPU_EXIT);
}
